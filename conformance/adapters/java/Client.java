import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * A client for {@code tidegate check-client} on the WebSocket that Java has built in: the part that echoes.
 *
 * <pre>
 * examples/targets/set-up conformance/adapters/java
 * tidegate check-client -s client-wire -- conformance/adapters/java/start
 * </pre>
 */
public final class Client implements WebSocket.Listener {
  private final StringBuilder text = new StringBuilder();
  private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
  private final CompletableFuture<Void> over = new CompletableFuture<>();

  /** One line for the suite; {@code fields} is JSON. */
  private static synchronized void tell(String event, String fields) {
    System.out.println("{\"event\":\"" + event + "\"" + fields + "}");
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char letter : text.toCharArray()) {
      if (letter == '"' || letter == '\\') {
        quoted.append('\\').append(letter);
      } else if (letter < ' ') {
        quoted.append(String.format("\\u%04x", (int) letter));
      } else {
        quoted.append(letter);
      }
    }
    return quoted.append('"').toString();
  }

  private void closed(int code, String reason) {
    if (over.complete(null)) {
      tell("closed", ",\"code\":" + code + ",\"reason\":" + quoted(reason) + ",\"retry\":false");
    }
  }

  @Override
  public void onOpen(WebSocket socket) {
    tell("open", "");
    socket.request(1);
  }

  /** Sends one at a time, as the interface asks, and reads on when it is sent. */
  private CompletionStage<?> answer(WebSocket socket, CompletableFuture<WebSocket> sent) {
    sent.whenComplete((done, fault) -> socket.request(1));
    return null;
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
    text.append(part);
    if (!last) {
      socket.request(1);
      return null;
    }
    String whole = text.toString();
    text.setLength(0);
    return answer(socket, socket.sendText(whole, true));
  }

  @Override
  public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
    byte[] octets = new byte[part.remaining()];
    part.get(octets);
    binary.writeBytes(octets);
    if (!last) {
      socket.request(1);
      return null;
    }
    ByteBuffer whole = ByteBuffer.wrap(binary.toByteArray());
    binary.reset();
    return answer(socket, socket.sendBinary(whole, true));
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    closed(code, reason);
    return null;
  }

  @Override
  public void onError(WebSocket socket, Throwable fault) {
    closed(1006, String.valueOf(fault.getMessage()));
  }

  public static void main(String[] arguments) throws Exception {
    String version = System.getProperty("java.version");
    tell("ready", ",\"contract\":1,\"name\":\"Java java.net.http " + version + "\",\"features\":[\"echo\"]");
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    CompletableFuture<WebSocket> connecting = null;
    Client client = new Client();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      // Two actions of one word each: no need of a JSON library.
      if (line.contains("\"echo\"")) {
        URI address = URI.create(System.getenv("TIDEGATE_URL"));
        connecting = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, client);
        connecting.whenComplete(
            (socket, fault) -> {
              if (fault != null) {
                client.closed(1006, String.valueOf(fault.getMessage()));
              }
            });
      } else if (line.contains("\"close\"")) {
        leave(connecting);
      } else {
        tell("error", ",\"code\":\"UNKNOWN_ACTION\",\"message\":" + quoted(line));
      }
    }
    leave(connecting);
    if (connecting != null) {
      try {
        client.over.get(4, TimeUnit.SECONDS);
      } catch (java.util.concurrent.TimeoutException late) {
        // The suite judges what came until here.
      }
    }
    System.exit(0);
  }

  /** Closes with 1000 as soon as there is something to close: {@code onOpen} may be earlier than the future. */
  private static void leave(CompletableFuture<WebSocket> connecting) {
    if (connecting != null) {
      connecting.thenAccept(socket -> socket.sendClose(WebSocket.NORMAL_CLOSURE, ""));
    }
  }
}
