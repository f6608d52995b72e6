package dev.baton;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.baton.handover.Libc;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** The arrows between the kit's packages, as the architecture draws them. */
class ArchitectureTest {
    private static final String HANDOVER = "dev.baton.handover..";
    private static final String KIT = "dev.baton.kit";
    private static final String CONNECTION = "dev.baton.kit.connection..";
    private static final String AGENT = "dev.baton.agent..";
    private static final String JETTY = "dev.baton.kit.jetty..";
    private static final String MICROMETER = "dev.baton.kit.micrometer..";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.baton");

    @Test
    void thereIsSomethingToLookAt() {
        assertFalse(CLASSES.isEmpty());
    }

    @Test
    void onlyLibcCallsNativeCode() {
        noClasses()
                .that(DescribedPredicate.not(areNested(Libc.class)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.kenai..")
                .check(CLASSES);
    }

    @Test
    void theWireKnowsNothingOfTheKit() {
        noClasses()
                .that()
                .resideInAPackage(HANDOVER)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(KIT + "..")
                .check(CLASSES);
    }

    @Test
    void nothingKnowsTheAgent() {
        noClasses()
                .that()
                .resideOutsideOfPackage(AGENT)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(AGENT)
                .check(CLASSES);
    }

    @Test
    void theKitKnowsNothingOfWhatStandsOnIt() {
        noClasses()
                .that()
                .resideInAPackage(KIT)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(JETTY, CONNECTION, MICROMETER)
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(CONNECTION)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(JETTY)
                .check(CLASSES);
    }

    @Test
    void onlyTheMicrometerPackageNamesMicrometer() {
        noClasses()
                .that()
                .resideOutsideOfPackage(MICROMETER)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.micrometer..")
                .check(CLASSES);
    }

    @Test
    void onlyTheJettyPackageNamesJetty() {
        noClasses()
                .that()
                .resideOutsideOfPackage(JETTY)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.jetty..")
                .check(CLASSES);
    }

    /** A method of {@link Files} that reads or writes has a channel below it, and a buffer on the heap. */
    @Test
    void whatAWorkerDoesAtATakeoverLeavesTheCodeOfItsConnectionsAlone() {
        noClasses()
                .that()
                .resideInAnyPackage(KIT + "..", HANDOVER)
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "a file is read or written through a channel",
                        call -> call.getTargetOwner().isEquivalentTo(Files.class)
                                && call.getTarget()
                                        .getName()
                                        .matches("(read(All|String)|new(Byte|In|Out|Buf)|write|lines|copy).*")))
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(FileChannel.class)
                .because("C2 has compiled them for the buffers of connections alone; see docs/decisions/0011")
                .check(CLASSES);
    }

    @Test
    void noNameIsAMissingNoun() {
        noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Manager|Common|Impl)")
                .check(CLASSES);
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..helper..", "..manager..", "..common..", "..impl..")
                .check(CLASSES);
    }

    private static DescribedPredicate<JavaClass> areNested(Class<?> outer) {
        return DescribedPredicate.describe(
                outer.getSimpleName() + " or nested in it",
                type -> type.getName().equals(outer.getName()) || type.getName().startsWith(outer.getName() + "$"));
    }
}
