package shop;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** A web application as any other, which knows nothing of its supervisor; it says who it is. */
@WebServlet("/*")
public class ShopServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final String SELF = "subject gen=" + System.getenv("BATON_GENERATION");

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Server", SELF);
        response.setContentType("text/plain");
        response.getWriter().print(SELF + "\n");
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Server", SELF);
        response.setContentLengthLong(request.getContentLengthLong());
        request.getInputStream().transferTo(response.getOutputStream());
    }
}
