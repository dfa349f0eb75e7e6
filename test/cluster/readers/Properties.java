import java.io.InputStream;
import java.io.StringReader;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;

/** Reads files as java.util.Properties does, by bytes and by characters, and prints what it found in hex: key, value. */
class Properties {
  public static void main(String[] paths) throws Exception {
    for (String path : paths) {
      byte[] bytes = Files.readAllBytes(Path.of(path));
      var latin = new java.util.Properties();
      latin.load(new ByteArrayInputStream(bytes));
      var utf8 = new java.util.Properties();
      utf8.load(new StringReader(new String(bytes, StandardCharsets.UTF_8)));
      if (!latin.equals(utf8)) throw new Exception("read otherwise as UTF-8: " + path);
      var line = new StringBuilder();
      for (var entry : new TreeMap<>(latin).entrySet())
        line.append(hex(entry.getKey())).append('=').append(hex(entry.getValue())).append(' ');
      System.out.println(line);
    }
  }

  /** Of UTF-16: halves of a surrogate pair, too. */
  private static String hex(Object text) {
    var digits = new StringBuilder();
    for (char unit : ((String) text).toCharArray()) digits.append(String.format("%04x", (int) unit));
    return digits.toString();
  }
}
