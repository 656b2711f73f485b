// The JVM carrier of bench pipeline: Kafka Streams, exactly once, around the peer's mapping. See README.md of the benchmark.
package peer;

import static org.apache.kafka.streams.StreamsConfig.consumerPrefix;
import static org.apache.kafka.streams.StreamsConfig.producerPrefix;

import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

public final class Carrier {
    private static byte[] translate(byte[] document) {
        try {
            return Main.translate(document[0] == '<' ? "spi" : "pole", document);
        } catch (Exception e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Topology topology(String from, String to) {
        var builder = new StreamsBuilder();
        builder.stream(from, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .mapValues(Carrier::translate)
                .to(to, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        return builder.build();
    }

    public static void main(String[] args) {
        if (args.length != 5) {
            System.err.println("usage: Carrier BOOTSTRAP GROUP FROM TO COMMIT_MS; -Dstate.dir=FOLDER");
            System.exit(2);
        }
        var settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, args[4]);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "1");
        settings.put(StreamsConfig.STATE_DIR_CONFIG, System.getProperty("state.dir", "."));
        settings.put(consumerPrefix("fetch.max.wait.ms"), "100");
        settings.put(consumerPrefix("session.timeout.ms"), "6000");
        settings.put(consumerPrefix("heartbeat.interval.ms"), "2000");
        settings.put(consumerPrefix("auto.offset.reset"), "earliest");
        settings.put(producerPrefix("linger.ms"), "2");
        settings.put(producerPrefix("compression.type"), "lz4");
        settings.put(producerPrefix("transaction.timeout.ms"), "10000");
        settings.put(producerPrefix("max.request.size"), "16777216");
        var streams = new KafkaStreams(topology(args[2], args[3]), settings);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
        });
        streams.start();
    }
}
