import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/** Flink's upsert-kafka over a topic of syncd's: prints what is added to its table, and what is taken from it. */
public class Upserts {
    public static void main(String[] arguments) throws Exception {
        Configuration settings = new Configuration();
        settings.setString("parallelism.default", "1");
        settings.setString("table.exec.source.idle-timeout", "1 s");
        TableEnvironment tables = TableEnvironment.create(
                EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(settings).build());
        tables.executeSql(String.join("\n",
                "CREATE TABLE listed (",
                "  `key` STRING, kind STRING, name STRING, programmes ARRAY<STRING>, digest STRING, `sequence` BIGINT,",
                "  names ARRAY<ROW<`full` STRING, kind STRING>>,",
                "  PRIMARY KEY (`key`) NOT ENFORCED",
                ") WITH (",
                "  'connector' = 'upsert-kafka', 'topic' = '" + arguments[1] + "',",
                "  'properties.bootstrap.servers' = '" + arguments[0] + "',",
                "  'properties.isolation.level' = 'read_committed',",
                "  'key.format' = 'raw', 'value.format' = 'json', 'value.fields-include' = 'EXCEPT_KEY'",
                ")"));
        try (CloseableIterator<Row> rows = tables.executeSql(
                "SELECT `key`, `sequence`, names[1].`full` FROM listed").collect()) {
            while (rows.hasNext()) {
                Row row = rows.next();
                System.out.println(row.getKind().shortString() + "\t" + row.getField(0) + "\t" + row.getField(1) + "\t"
                        + row.getField(2));
                System.out.flush();
            }
        }
    }
}
