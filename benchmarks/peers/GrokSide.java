import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.time.DateFormatter;
import org.elasticsearch.common.time.DateFormatters;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.grok.Grok;
import org.elasticsearch.grok.GrokBuiltinPatterns;
import org.elasticsearch.grok.MatcherWatchdog;
import org.elasticsearch.index.VersionType;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * The side of Elasticsearch's grok: java -cp JARS GrokSide.java PIPELINE.json LINES DOCUMENTS SHOWN
 *
 * Grok (its ECS patterns, its alternation of several patterns), the ingest document, date formats and the JSON writer are Elasticsearch's own
 * classes. The processors around them (grok, date, convert, remove, as the pipeline names them) are written here after the reference, for
 * the module that holds Elasticsearch's (ingest-common 9.5.3) was not found on Maven Central. There is no node: no REST, no bulk, no indexing, no conditions.
 * CPU is that of the whole process (garbage collection and compiling included), in five passes after those that warm it.
 */
public class GrokSide {
    interface Step { void run(IngestDocument document); }

    static final int WARM_LINES = 150_000;
    static final int PASSES = 5;

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> pipeline = XContentHelper.convertToMap(JsonXContent.jsonXContent, Files.readString(Path.of(arguments[0])), true);
        List<Step> steps = new ArrayList<>();
        for (Object one : (List<?>) pipeline.get("processors")) {
            Map.Entry<?, ?> entry = ((Map<?, ?>) one).entrySet().iterator().next();
            steps.add(step((String) entry.getKey(), settings(entry.getValue())));
        }
        List<String> lines = Files.readAllLines(Path.of(arguments[1]));
        List<String> shown = new ArrayList<>();
        for (String line : lines.subList(0, Math.min(lines.size(), Integer.parseInt(arguments[3])))) shown.add(document(steps, line));
        Files.writeString(Path.of(arguments[2]), String.join("\n", shown));
        for (int done = 0; done < WARM_LINES; done += lines.size()) pass(steps, lines);
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long started = process.getProcessCpuTime();
        int failed = 0;
        for (int pass = 0; pass < PASSES; pass++) failed += pass(steps, lines);
        double cpu = (process.getProcessCpuTime() - started) / 1e9;
        System.out.println(String.format(Locale.ROOT, "{\"cpu\": %f, \"lines\": %d, \"failed\": %d}", cpu, PASSES * lines.size(), failed));
        System.exit(0);
    }

    static int pass(List<Step> steps, List<String> lines) throws Exception {
        int failed = 0;
        for (String line : lines) {
            try {
                document(steps, line);
            } catch (IllegalArgumentException error) {
                failed++;
            }
        }
        return failed;
    }

    static String document(List<Step> steps, String line) throws Exception {
        Map<String, Object> source = new HashMap<>();
        source.put("message", line);
        IngestDocument document = new IngestDocument("logs-x-751", "1", 1, null, VersionType.INTERNAL, source);
        for (Step step : steps) step.run(document);
        try (XContentBuilder builder = JsonXContent.contentBuilder()) {
            return Strings.toString(builder.map(document.getSource()));
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> settings(Object given) { return (Map<String, Object>) given; }

    @SuppressWarnings("unchecked")
    static Step step(String name, Map<String, Object> settings) {
        String field = (String) settings.get("field");
        return switch (name) {
            case "grok" -> grok(field, (List<String>) settings.get("patterns"), (Map<String, String>) settings.getOrDefault("pattern_definitions", Map.of()));
            case "date" -> date(field, ((List<String>) settings.get("formats")).get(0), (String) settings.getOrDefault("timezone", "UTC"));
            case "convert" -> convert(field, (String) settings.get("type"));
            case "remove" -> document -> document.removeField(field, true);
            default -> throw new IllegalStateException(name);
        };
    }

    static Step grok(String field, List<String> patterns, Map<String, String> own) {
        Grok grok = new Grok(GrokBuiltinPatterns.ecsV1Patterns().extendWith(own), Grok.combinePatterns(patterns), MatcherWatchdog.newInstance(1000), text -> {});
        return document -> {
            Map<String, Object> found = grok.captures(document.getFieldValue(field, String.class));
            if (found == null) throw new IllegalArgumentException("no pattern matches");
            found.forEach(document::setFieldValue);
        };
    }

    static Step date(String field, String format, String timezone) {
        ZoneId zone = ZoneId.of(timezone);
        DateFormatter written = DateFormatter.forPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withLocale(Locale.ENGLISH);
        if (format.equals("UNIX")) {
            return document -> {
                double seconds = Double.parseDouble(document.getFieldValue(field, String.class));
                document.setFieldValue("@timestamp", written.format(Instant.ofEpochMilli((long) (seconds * 1000)).atZone(ZoneOffset.UTC)));
            };
        }
        DateFormatter formatter = DateFormatter.forPattern(format).withLocale(Locale.ENGLISH).withZone(zone);
        return document -> {
            TemporalAccessor parsed = formatter.parse(document.getFieldValue(field, String.class));
            document.setFieldValue("@timestamp", written.format(moment(parsed, zone)));
        };
    }

    /** A date without a year is of this year. */
    static ZonedDateTime moment(TemporalAccessor parsed, ZoneId zone) {
        if (parsed.isSupported(ChronoField.YEAR) || parsed.isSupported(ChronoField.YEAR_OF_ERA)) {
            return DateFormatters.from(parsed, Locale.ENGLISH, zone).withZoneSameInstant(zone);
        }
        LocalDate day = LocalDate.of(LocalDate.now(zone).getYear(), parsed.get(ChronoField.MONTH_OF_YEAR), parsed.get(ChronoField.DAY_OF_MONTH));
        return LocalDateTime.of(day, LocalTime.from(parsed)).atZone(zone);
    }

    static Step convert(String field, String type) {
        return document -> {
            if (!document.hasField(field)) return;
            String text = document.getFieldValue(field, Object.class).toString();
            document.setFieldValue(field, switch (type) {
                case "integer" -> (Object) Integer.valueOf(text);
                case "long" -> Long.valueOf(text);
                default -> throw new IllegalStateException(type);
            });
        };
    }
}
