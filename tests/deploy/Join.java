import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KTable;

/** A bank's table, of the keys on standard input, joined by Kafka Streams with a topic of syncd's: prints what comes. */
public class Join {
    public static void main(String[] arguments) throws Exception {
        String brokers = arguments[0], own = arguments[1], theirs = arguments[2], folder = arguments[4];
        Properties settings = new Properties();
        settings.put("bootstrap.servers", brokers);
        try (Admin admin = Admin.create(settings)) {
            NewTopic topic = new NewTopic(own, Optional.of(Integer.parseInt(arguments[3])), Optional.of((short) 1));
            admin.createTopics(List.of(topic)).all().get();
        }
        // Which partition a key has is the default partitioner's choice, as everywhere.
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            input.lines().forEach(key -> producer.send(new ProducerRecord<>(own, key, "a decision about " + key)));
        }
        settings.put("application.id", own);
        settings.put("state.dir", folder);
        settings.put("default.key.serde", Serdes.StringSerde.class.getName());
        settings.put("default.value.serde", Serdes.StringSerde.class.getName());
        settings.put("default.dsl.store", "in_memory");
        settings.put("statestore.cache.max.bytes", "0");
        settings.put("num.stream.threads", "1");
        settings.put("consumer.isolation.level", "read_committed");
        settings.put("auto.offset.reset", "earliest");
        StreamsBuilder builder = new StreamsBuilder();
        KTable<String, String> decisions = builder.table(own);
        KTable<String, String> listed = builder.table(theirs);
        decisions.join(listed, (decision, record) -> record).toStream().foreach((key, record) -> {
            System.out.println(key + "\t" + (record == null ? "null" : record));
            System.out.flush();
        });
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return null;
        });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }
}
