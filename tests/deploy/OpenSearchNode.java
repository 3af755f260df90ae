import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One node of OpenSearch on loopback. Words: its folder, its HTTP port, its port for other nodes. Ends with its input. */
public class OpenSearchNode {
    public static void main(String[] words) throws Exception {
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("network.host", "127.0.0.1");
            settings.put("discovery.type", "single-node");
            settings.put("http.port", words[1]);
            settings.put("transport.port", words[2]);
            // A disk that is nearly full is no matter for a few entities.
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        });
        runner.build(OpenSearchRunner.newConfigs().basePath(words[0]).numOfNode(1).useLogger());
        while (System.in.read() != -1) {
        }
        runner.close();
    }
}
