package emporium.analysis;

import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishMinimalStemFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.elasticsearch.plugin.Inject;
import org.elasticsearch.plugin.NamedComponent;
import org.elasticsearch.plugin.analysis.TokenFilterFactory;
import org.elasticsearch.plugin.settings.AnalysisSettings;
import org.elasticsearch.plugin.settings.StringSetting;
import org.tartarus.snowball.ext.EnglishStemmer;

/** The full distribution's {@code stemmer}, for the English stemmers alone. */
@NamedComponent("stemmer")
public class Stemmer implements TokenFilterFactory {
    /** Its settings, under the full distribution's names. */
    @AnalysisSettings
    public interface Settings {
        @StringSetting(path = "language", defaultValue = "english")
        String language();
    }

    private final Settings settings;

    @Inject
    public Stemmer(Settings settings) {
        this.settings = settings;
    }

    @Override
    public TokenStream create(TokenStream tokens) {
        return switch (settings.language()) {
            case "english", "porter" -> new PorterStemFilter(tokens);
            case "porter2" -> new SnowballFilter(tokens, new EnglishStemmer());
            case "light_english", "kstem" -> new KStemFilter(tokens);
            case "minimal_english" -> new EnglishMinimalStemFilter(tokens);
            case "possessive_english" -> new EnglishPossessiveFilter(tokens);
            default -> throw new IllegalArgumentException("this stemmer has English alone, not " + settings.language());
        };
    }
}
