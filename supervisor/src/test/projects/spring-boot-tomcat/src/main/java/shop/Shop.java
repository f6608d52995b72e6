package shop;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** An application as any other, which knows nothing of its supervisor; it says who it is. */
@SpringBootApplication
@RestController
public class Shop {
    private static final String SELF = "subject gen=" + System.getenv("BATON_GENERATION");

    public static void main(String[] arguments) {
        SpringApplication.run(Shop.class, arguments);
    }

    @GetMapping("/")
    ResponseEntity<String> front() {
        return ResponseEntity.ok().header("Server", SELF).body(SELF + "\n");
    }

    @PostMapping("/echo")
    ResponseEntity<byte[]> echo(@RequestBody byte[] body) {
        return ResponseEntity.ok().header("Server", SELF).body(body);
    }
}
