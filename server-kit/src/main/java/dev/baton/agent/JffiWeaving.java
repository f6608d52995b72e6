package dev.baton.agent;

import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Keeps the agent's jffi out of what is the program's. It looks for its resources in its own loader first, where it would
 * ask the program's: it would load the native half of the program's jffi, of whatever version that is. And it logs
 * nothing: whoever asks for the first {@link java.util.logging.Logger} of a JVM settles its log manager, and a program
 * that names one of its own in its main, as WildFly does, would come too late.
 */
final class JffiWeaving extends ClassVisitor {
    private static final String LOGGER = "java/util/logging/Logger";

    private Type self;

    JffiWeaving(ClassVisitor next) {
        super(Opcodes.ASM9, next);
    }

    @Override
    public void visit(int version, int access, String name, String signature, String parent, String[] interfaces) {
        self = Type.getObjectType(name);
        super.visit(version, access, name, signature, parent, interfaces);
    }

    @Override
    public MethodVisitor visitMethod(int access, String name, String type, String signature, String[] exceptions) {
        return new MethodVisitor(Opcodes.ASM9, super.visitMethod(access, name, type, signature, exceptions)) {
            @Override
            public void visitMethodInsn(int opcode, String owner, String method, String shape, boolean isInterface) {
                if (owner.equals("java/lang/ClassLoader") && method.equals("getSystemClassLoader")) {
                    visitLdcInsn(self);
                    super.visitMethodInsn(
                            Opcodes.INVOKEVIRTUAL,
                            "java/lang/Class",
                            "getClassLoader",
                            "()Ljava/lang/ClassLoader;",
                            false);
                } else if (owner.equals(LOGGER) && opcode == Opcodes.INVOKESTATIC) {
                    visitInsn(Opcodes.POP);
                    visitInsn(Opcodes.ACONST_NULL);
                } else if (owner.equals(LOGGER)) {
                    visitInsn(Opcodes.POP2);
                } else {
                    super.visitMethodInsn(opcode, owner, method, shape, isInterface);
                }
            }
        };
    }
}
