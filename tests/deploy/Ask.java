import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A client of PostgreSQL on a port of loopback: a statement a line; answers with the first field, or what is wrong. */
public class Ask {
    private static final int STARTS_MAX = 300;

    public static void main(String[] arguments) throws Exception {
        String url = "jdbc:postgresql://127.0.0.1:" + arguments[0] + "/postgres?user=postgres";
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        java.io.PrintStream output = new java.io.PrintStream(System.out, true, StandardCharsets.UTF_8);
        try (Connection connection = connected(url); Statement statement = connection.createStatement()) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                output.println(answer(statement, line));
            }
        }
    }

    private static Connection connected(String url) throws Exception {
        for (int attempt = 1;; attempt++) {
            try {
                return DriverManager.getConnection(url);
            } catch (SQLException error) {
                if (attempt == STARTS_MAX) {
                    throw error;
                }
                Thread.sleep(100);
            }
        }
    }

    private static String answer(Statement statement, String line) {
        try {
            if (!statement.execute(line)) {
                return "= ";
            }
            try (ResultSet rows = statement.getResultSet()) {
                String first = rows.next() ? rows.getString(1) : null;
                return "= " + (first == null ? "" : first.replace("\n", " "));
            }
        } catch (SQLException error) {
            return "! " + error.getMessage().replace("\n", " ");
        }
    }
}
