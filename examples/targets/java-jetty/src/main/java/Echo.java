import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/** Echo server on Jetty. */
public final class Echo {
  /** One connection. */
  public static final class Socket extends Session.Listener.AbstractAutoDemanding {
    @Override
    public void onWebSocketText(String message) {
      getSession().sendText(message, Callback.NOOP);
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
      getSession().sendBinary(payload, callback);
    }
  }

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[1]);
    Server server = new Server(new InetSocketAddress("127.0.0.1", port));
    server.setHandler(
        WebSocketUpgradeHandler.from(
            server,
            container -> {
              // The suite sends messages of up to 16 MiB.
              container.setMaxTextMessageSize(16 * 1024 * 1024);
              container.setMaxBinaryMessageSize(16 * 1024 * 1024);
              container.setMaxFrameSize(16 * 1024 * 1024);
              container.addMapping("/", (request, response, callback) -> new Socket());
            }));
    server.start();
    System.out.println("listening on " + port);
    server.join();
  }
}
