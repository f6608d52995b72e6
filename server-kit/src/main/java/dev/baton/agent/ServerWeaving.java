package dev.baton.agent;

import static java.util.Map.entry;

import java.util.Map;
import java.util.function.Consumer;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * The calls of {@link Bridge} in a server's own classes, most of them where the head of a response is about to be written:
 * from there on it is settled whether the connection outlives the response, and nobody hears of it who is not told so.
 *
 * <p>As in {@link JdkWeaving}, no woven code branches or needs a local variable.
 */
final class ServerWeaving extends ClassVisitor {
    private static final String BRIDGE = "dev/baton/agent/Bridge";
    private static final String UNDERTOW = "io/undertow/server/HttpServerExchange";
    private static final String UNDERTOW_GOAWAY = "io/undertow/protocols/http2/Http2GoAwayStreamSinkChannel";
    private static final String JETTY = "org/eclipse/jetty/http/MetaData$Response";

    private static final String HELIDON = "io/helidon/webserver/http1/Http1ServerResponse";
    private static final String TOMCAT = "org/apache/coyote/http11/Http11Processor";

    /** A status of a response that may be the last. */
    private static final int FINAL = 200;

    private enum At {
        ENTRY,
        RETURN,
        /** After each call of Jetty's that writes the fields of a head. */
        HEAD
    }

    /** Where, in which class: a method's name and the beginning of its type, as far as the code rests on it. */
    private record Site(String method, At at, Consumer<MethodVisitor> code) {}

    private static final Map<String, Site> SITES = Map.ofEntries(
            entry("sun/net/httpserver/ExchangeImpl", new Site("sendResponseHeaders(", At.ENTRY, code -> {
                code.visitVarInsn(Opcodes.ALOAD, 0);
                code.visitFieldInsn(
                        Opcodes.GETFIELD,
                        "sun/net/httpserver/ExchangeImpl",
                        "rspHdrs",
                        "Lcom/sun/net/httpserver/Headers;");
                call(code, "answering", "(Ljava/lang/Object;)V");
            })),
            entry(TOMCAT, new Site("prepareResponse(", At.ENTRY, code -> {
                code.visitVarInsn(Opcodes.ALOAD, 0);
                code.visitInsn(Opcodes.DUP);
                code.visitFieldInsn(Opcodes.GETFIELD, TOMCAT, "keepAlive", "Z");
                code.visitVarInsn(Opcodes.ALOAD, 0);
                code.visitFieldInsn(Opcodes.GETFIELD, TOMCAT, "response", "Lorg/apache/coyote/Response;");
                code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "org/apache/coyote/Response", "getStatus", "()I", false);
                call(code, "keepsAlive", "(ZI)Z");
                code.visitFieldInsn(Opcodes.PUTFIELD, TOMCAT, "keepAlive", "Z");
            })),
            entry("org/apache/coyote/http2/Http2Protocol", new Site("getInternalUpgradeHandler(", At.RETURN, code -> {
                code.visitInsn(Opcodes.DUP);
                call(code, "speaksHttp2", "(Ljava/lang/Object;)V");
            })),
            entry("org/apache/tomcat/util/net/AbstractEndpoint", new Site("getUnlockAddress(", At.ENTRY, code -> {
                code.visitVarInsn(Opcodes.ALOAD, 0);
                call(code, "knock", "(Ljava/net/InetSocketAddress;)Ljava/net/InetSocketAddress;");
                code.visitVarInsn(Opcodes.ASTORE, 0);
            })),
            entry(
                    "io/undertow/server/protocol/http/HttpTransferEncoding",
                    // The head is written later; but whether there is a body, and what frames it, is decided by then.
                    new Site("createSinkConduit(L" + UNDERTOW + ";", At.RETURN, code -> {
                        code.visitVarInsn(Opcodes.ALOAD, 0);
                        call(code, "answering", "(Ljava/lang/Object;)V");
                    })),
            entry(
                    "io/netty/handler/codec/http/HttpResponseEncoder",
                    new Site("sanitizeHeadersBeforeEncode(", At.ENTRY, code -> {
                        code.visitVarInsn(Opcodes.ALOAD, 1);
                        call(code, "answering", "(Ljava/lang/Object;)V");
                    })),
            // It decides when the request has come, and writes the head by that.
            entry(HELIDON, new Site("<init>(", At.RETURN, code -> {
                code.visitVarInsn(Opcodes.ALOAD, 0);
                code.visitInsn(Opcodes.DUP);
                code.visitFieldInsn(Opcodes.GETFIELD, HELIDON, "keepAlive", "Z");
                code.visitIntInsn(Opcodes.SIPUSH, FINAL);
                call(code, "keepsAlive", "(ZI)Z");
                code.visitFieldInsn(Opcodes.PUTFIELD, HELIDON, "keepAlive", "Z");
            })),
            entry("io/netty/handler/codec/http2/Http2ConnectionHandler", new Site("handlerAdded(", At.ENTRY, code -> {
                code.visitVarInsn(Opcodes.ALOAD, 1);
                call(code, "speaksHttp2", "(Ljava/lang/Object;)V");
            })),
            entry("io/undertow/protocols/http2/Http2Channel", new Site("<init>(", At.RETURN, code -> {
                code.visitVarInsn(Opcodes.ALOAD, 0);
                call(code, "speaksHttp2", "(Ljava/lang/Object;)V");
            })),
            // A GOAWAY that names no last stream is not the end.
            entry(UNDERTOW_GOAWAY, new Site("isLastFrame(", At.RETURN, code -> {
                code.visitInsn(Opcodes.POP);
                code.visitLdcInsn(Integer.MAX_VALUE);
                code.visitVarInsn(Opcodes.ALOAD, 0);
                code.visitFieldInsn(Opcodes.GETFIELD, UNDERTOW_GOAWAY, "lastGoodStreamId", "I");
                code.visitInsn(Opcodes.ISUB);
                code.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/Integer", "signum", "(I)I", false);
            })),
            entry(
                    "org/eclipse/jetty/http/HttpGenerator",
                    new Site("generateResponse(L" + JETTY + ";ZLjava/nio/ByteBuffer;", At.HEAD, code -> {
                        code.visitVarInsn(Opcodes.ALOAD, 0);
                        code.visitVarInsn(Opcodes.ALOAD, 1);
                        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, JETTY, "getStatus", "()I", false);
                        code.visitVarInsn(Opcodes.ALOAD, 3);
                        call(code, "answers", "(Ljava/lang/Object;ILjava/nio/ByteBuffer;)V");
                    })),
            entry("org/eclipse/jetty/server/Server", new Site("<init>(", At.RETURN, code -> {
                code.visitVarInsn(Opcodes.ALOAD, 0);
                call(code, "serverMade", "(Ljava/lang/Object;)V");
            })));

    private final Site site;

    private ServerWeaving(ClassVisitor next, Site site) {
        super(Opcodes.ASM9, next);
        this.site = site;
    }

    static ServerWeaving of(String className, ClassVisitor next) {
        return new ServerWeaving(next, SITES.get(className));
    }

    private static void call(MethodVisitor code, String name, String type) {
        code.visitMethodInsn(Opcodes.INVOKESTATIC, BRIDGE, name, type, false);
    }

    @Override
    public MethodVisitor visitMethod(int access, String name, String type, String signature, String[] exceptions) {
        MethodVisitor next = super.visitMethod(access, name, type, signature, exceptions);
        int made = Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE | Opcodes.ACC_BRIDGE;
        if (!(name + type).startsWith(site.method) || (access & made) != 0) {
            return next;
        }
        return new MethodVisitor(Opcodes.ASM9, next) {
            @Override
            public void visitCode() {
                super.visitCode();
                if (site.at == At.ENTRY) {
                    site.code.accept(mv);
                }
            }

            @Override
            public void visitInsn(int opcode) {
                if (site.at == At.RETURN && opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN) {
                    site.code.accept(mv);
                }
                super.visitInsn(opcode);
            }

            @Override
            public void visitMethodInsn(int opcode, String owner, String called, String shape, boolean isInterface) {
                super.visitMethodInsn(opcode, owner, called, shape, isInterface);
                if (site.at == At.HEAD && called.equals("generateHeaders")) {
                    site.code.accept(mv);
                }
            }
        };
    }
}
