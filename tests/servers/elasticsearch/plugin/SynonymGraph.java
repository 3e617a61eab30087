package emporium.analysis;

import java.io.IOException;
import java.io.StringReader;
import java.text.ParseException;
import java.util.List;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.core.LowerCaseFilter;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.synonym.SolrSynonymParser;
import org.apache.lucene.analysis.synonym.SynonymGraphFilter;
import org.apache.lucene.analysis.synonym.SynonymMap;
import org.elasticsearch.plugin.Inject;
import org.elasticsearch.plugin.NamedComponent;
import org.elasticsearch.plugin.analysis.TokenFilterFactory;
import org.elasticsearch.plugin.settings.AnalysisSettings;
import org.elasticsearch.plugin.settings.ListSetting;

/**
 * The full distribution's {@code synonym_graph} with rules in Solr's format. That one passes its rules through the
 * filters before it in the chain; this one through lower case alone, so rules have to be written as those filters leave words.
 */
@NamedComponent("synonym_graph")
public class SynonymGraph implements TokenFilterFactory {
    /** Its settings, under the full distribution's names. */
    @AnalysisSettings
    public interface Settings {
        @ListSetting(path = "synonyms")
        List<String> synonyms();
    }

    private final SynonymMap map;

    @Inject
    public SynonymGraph(Settings settings) throws IOException, ParseException {
        var words = new Analyzer() {
            @Override
            protected TokenStreamComponents createComponents(String field) {
                var tokens = new WhitespaceTokenizer();
                return new TokenStreamComponents(tokens, new LowerCaseFilter(tokens));
            }
        };
        var parser = new SolrSynonymParser(true, true, words);
        parser.parse(new StringReader(String.join("\n", settings.synonyms())));
        map = parser.build();
    }

    @Override
    public TokenStream create(TokenStream tokens) {
        return map.fst == null ? tokens : new SynonymGraphFilter(tokens, map, false);
    }
}
