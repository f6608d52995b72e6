package dev.baton.agent;

import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * The calls of {@link Bridge} in a class of {@code sun.nio.ch}. No woven code branches or needs a local variable, so that
 * the frames of the class stay as they are.
 */
final class JdkWeaving extends ClassVisitor {
    private static final String BRIDGE = "dev/baton/agent/Bridge";
    private static final String NET = "sun/nio/ch/Net";
    private static final String UNIX = "sun/nio/ch/UnixDomainSockets";
    private static final String IO = "sun/nio/ch/IOUtil";
    private static final String FD = "Ljava/io/FileDescriptor;";
    private static final String FAMILY = "Ljava/net/ProtocolFamily;";
    private static final String OPTION = "Ljava/net/SocketOption;";
    private static final String INET = "Ljava/net/InetAddress;";
    private static final String INET_SOCKET = "Ljava/net/InetSocketAddress;";
    private static final String UNIX_SOCKET = "Ljava/net/UnixDomainSocketAddress;";
    private static final String PATH = "Ljava/nio/file/Path;";
    private static final String FILE = "Ljava/io/File;";
    /** Where a file is deleted. */
    static final String FILES = "sun/nio/fs/UnixFileSystemProvider";

    static final String OLD_FILES = "java/io/UnixFileSystem";

    private String className;

    JdkWeaving(ClassVisitor next) {
        super(Opcodes.ASM9, next);
    }

    @Override
    public void visit(int version, int access, String name, String signature, String parent, String[] interfaces) {
        className = name;
        super.visit(version, access, name, signature, parent, interfaces);
    }

    @Override
    public MethodVisitor visitMethod(int access, String name, String type, String signature, String[] exceptions) {
        MethodVisitor next = super.visitMethod(access, name, type, signature, exceptions);
        if ((access & (Opcodes.ACC_NATIVE | Opcodes.ACC_ABSTRACT)) != 0) {
            return next;
        }
        return switch (className) {
            case NET -> net(name + type, next);
            case UNIX -> unix(name + type, next);
            case FILES -> deletion(name + type, "implDelete(" + PATH + "Z)Z", PATH, next);
            case OLD_FILES -> deletion(name + type, "delete(" + FILE + ")Z", FILE, next);
            case "sun/nio/ch/SocketDispatcher", "sun/nio/ch/UnixDispatcher" -> dispatcher(name, type, next);
            default -> new CallSites(next);
        };
    }

    private static MethodVisitor net(String method, MethodVisitor next) {
        if (method.equals("bind(" + FAMILY + FD + INET + "I)V")) {
            return new Entry(next) {
                @Override
                void weave() {
                    number(1);
                    visitVarInsn(Opcodes.ALOAD, 2);
                    visitVarInsn(Opcodes.ILOAD, 3);
                    call(BRIDGE, "address", "(" + FD + "I" + INET + "I)" + INET);
                    visitVarInsn(Opcodes.ASTORE, 2);
                    visitVarInsn(Opcodes.ALOAD, 1);
                    visitVarInsn(Opcodes.ILOAD, 3);
                    call(BRIDGE, "port", "(" + FD + "I)I");
                    visitVarInsn(Opcodes.ISTORE, 3);
                }
            };
        }
        if (method.startsWith("setSocketOption(" + FD + FAMILY)
                || method.startsWith("getSocketOption(" + FD + FAMILY)) {
            return new Entry(next) {
                @Override
                void weave() {
                    visitVarInsn(Opcodes.ALOAD, 0);
                    call(IO, "fdVal", "(" + FD + ")I");
                    visitVarInsn(Opcodes.ALOAD, 1);
                    visitVarInsn(Opcodes.ALOAD, 2);
                    call(BRIDGE, "family", "(I" + FAMILY + OPTION + ")" + FAMILY);
                    visitVarInsn(Opcodes.ASTORE, 1);
                }
            };
        }
        return method.equals("localAddress(" + FD + ")" + INET_SOCKET) ? new Told(next, INET_SOCKET) : next;
    }

    private static MethodVisitor unix(String method, MethodVisitor next) {
        if (method.equals("bind(" + FD + PATH + ")V")) {
            return new Entry(next) {
                @Override
                void weave() {
                    number(0);
                    visitVarInsn(Opcodes.ALOAD, 1);
                    call(BRIDGE, "path", "(" + FD + "I" + PATH + ")" + PATH);
                    visitVarInsn(Opcodes.ASTORE, 1);
                }
            };
        }
        return method.equals("localAddress(" + FD + ")" + UNIX_SOCKET) ? new Told(next, UNIX_SOCKET) : next;
    }

    private static MethodVisitor deletion(String method, String meant, String file, MethodVisitor next) {
        if (!method.equals(meant)) {
            return next;
        }
        return new Entry(next) {
            @Override
            void weave() {
                visitVarInsn(Opcodes.ALOAD, 1);
                call(BRIDGE, "deleting", "(" + file + ")" + file);
                visitVarInsn(Opcodes.ASTORE, 1);
            }
        };
    }

    private static MethodVisitor dispatcher(String name, String type, MethodVisitor next) {
        boolean closes = name.equals("close") || name.equals("preClose") || name.equals("implPreClose");
        if (!closes || !type.startsWith("(" + FD)) {
            return next;
        }
        return new Entry(next) {
            @Override
            void weave() {
                visitVarInsn(Opcodes.ALOAD, 1);
                call(BRIDGE, "closing", "(" + FD + ")V");
            }
        };
    }

    private abstract static class Woven extends MethodVisitor {
        Woven(MethodVisitor next) {
            super(Opcodes.ASM9, next);
        }

        final void call(String owner, String name, String type) {
            super.visitMethodInsn(Opcodes.INVOKESTATIC, owner, name, type, false);
        }

        /** The descriptor in a local variable, and its number. */
        final void number(int local) {
            visitVarInsn(Opcodes.ALOAD, local);
            visitInsn(Opcodes.DUP);
            call(IO, "fdVal", "(" + FD + ")I");
        }
    }

    /** At a method's beginning. */
    private abstract static class Entry extends Woven {
        Entry(MethodVisitor next) {
            super(next);
        }

        abstract void weave();

        @Override
        public void visitCode() {
            super.visitCode();
            weave();
        }
    }

    /** What {@code localAddress(FileDescriptor)} returns goes by the bridge. */
    private static final class Told extends Woven {
        private final String address;

        Told(MethodVisitor next, String address) {
            super(next);
            this.address = address;
        }

        @Override
        public void visitInsn(int opcode) {
            if (opcode == Opcodes.ARETURN) {
                visitVarInsn(Opcodes.ALOAD, 0);
                call(BRIDGE, "localAddress", "(" + address + FD + ")" + address);
            }
            super.visitInsn(opcode);
        }
    }

    /** Around the native methods, which cannot be woven themselves. */
    private static final class CallSites extends Woven {
        CallSites(MethodVisitor next) {
            super(next);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String type, boolean isInterface) {
            if (opcode != Opcodes.INVOKESTATIC) {
                super.visitMethodInsn(opcode, owner, name, type, isInterface);
            } else if (name.equals("accept") && (owner.equals(NET) || owner.equals(UNIX))) {
                accept(owner, type);
            } else if (name.equals("listen") && owner.equals(NET)) {
                listen(type);
            } else if (name.equals("configureBlocking") && owner.equals(IO)) {
                visitInsn(Opcodes.DUP2); // descriptor, wanted, descriptor, wanted
                call(BRIDGE, "blocking", "(" + FD + "Z)Z");
                visitInsn(Opcodes.SWAP);
                visitInsn(Opcodes.POP);
                call(owner, name, type);
            } else {
                super.visitMethodInsn(opcode, owner, name, type, isInterface);
            }
        }

        private void accept(String owner, String type) {
            // listener, connection, addresses
            visitInsn(Opcodes.DUP_X2);
            visitInsn(Opcodes.POP); // addresses, listener, connection
            visitInsn(Opcodes.DUP2_X1);
            visitInsn(Opcodes.DUP2_X1);
            visitInsn(Opcodes.POP2); // listener, connection, listener, connection, addresses
            call(owner, "accept", type);
            visitInsn(Opcodes.SWAP);
            visitInsn(Opcodes.DUP);
            call(IO, "fdVal", "(" + FD + ")I"); // listener, result, connection, its number
            call(BRIDGE, "accepted", "(" + FD + "I" + FD + "I)I");
        }

        private void listen(String type) {
            // descriptor, backlog
            visitInsn(Opcodes.SWAP);
            visitInsn(Opcodes.DUP_X1);
            visitInsn(Opcodes.SWAP); // descriptor, descriptor, backlog
            call(NET, "listen", type);
            visitInsn(Opcodes.DUP);
            call(IO, "fdVal", "(" + FD + ")I");
            call(BRIDGE, "listening", "(" + FD + "I)V");
        }
    }
}
