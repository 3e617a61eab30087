package emporium.analysis;

import java.util.regex.Pattern;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.pattern.PatternTokenizer;
import org.elasticsearch.plugin.Inject;
import org.elasticsearch.plugin.NamedComponent;
import org.elasticsearch.plugin.analysis.TokenizerFactory;
import org.elasticsearch.plugin.settings.AnalysisSettings;
import org.elasticsearch.plugin.settings.StringSetting;

/** The full distribution's tokenizer {@code pattern}, for patterns that separate words. */
@NamedComponent("pattern")
public class PatternSplit implements TokenizerFactory {
    /** Its settings, under the full distribution's names. */
    @AnalysisSettings
    public interface Settings {
        @StringSetting(path = "pattern", defaultValue = "\\W+")
        String pattern();
    }

    private final Pattern pattern;

    @Inject
    public PatternSplit(Settings settings) {
        pattern = Pattern.compile(settings.pattern());
    }

    @Override
    public Tokenizer create() {
        return new PatternTokenizer(pattern, -1);
    }
}
