package dev.baton.agent;

import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Lets a library of the agent's look for its resources in its own loader first, where it would ask the program's: jffi
 * would load the native half of the program's jffi, of whatever version that is.
 */
final class OwnResources extends ClassVisitor {
    private Type self;

    OwnResources(ClassVisitor next) {
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
                } else {
                    super.visitMethodInsn(opcode, owner, method, shape, isInterface);
                }
            }
        };
    }
}
