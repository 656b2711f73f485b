// The JVM peer of bench translate: StAX and Jackson to protobuf-java, asked for over pipes. See README.md of the benchmark.
package peer;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;

public final class Main {
    static byte[] translate(String form, byte[] document) throws Exception {
        return (form.equals("spi") ? Spi.read(document) : Pole.read(document)).toByteArray();
    }

    public static void main(String[] args) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in));
        String form = "";
        byte[] document = {};
        long kept = 0;
        for (String line; (line = in.readLine()) != null;) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "load" -> {
                    form = words[1];
                    document = Files.readAllBytes(Path.of(words[2]));
                }
                case "pack" -> Files.write(Path.of(words[1]), translate(form, document));
                default -> {
                    for (int i = Integer.parseInt(words[1]); i > 0; i--) kept += translate(form, document).length;
                }
            }
            System.out.println(kept < 0 ? "?" : "ok");
            System.out.flush();
        }
    }
}
