package dev.baton.supervisor;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.baton.handover.Libc;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The arrows of docs/architecture.md, as far as they begin in the supervisor. */
class ArchitectureTest {
    private static final String CORE = "dev.baton.supervisor";
    private static final String CLI = "dev.baton.supervisor.cli..";
    private static final String CONTROL = "dev.baton.supervisor.control..";
    private static final String CONFIG = "dev.baton.supervisor.config..";
    private static final String HTTP = "dev.baton.supervisor.http..";
    private static final String JSON = "dev.baton.supervisor.json..";
    private static final String DOCTOR = "dev.baton.supervisor.doctor..";
    private static final String METRICS = "dev.baton.supervisor.metrics..";
    private static final String SYSTEMD = "dev.baton.supervisor.systemd..";

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.baton.supervisor", "dev.baton.handover", "dev.baton.kit");
    private static final JavaClasses TESTS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
            .importPackages("dev.baton");

    /** Sleeps that a test is about: a standstill, a window in which one counts, a pause between two attempts. */
    private static final Set<String> MEASURED = Set.of("SupervisorStandsStillIT", "OwnCostIT", "AgentCostIT");

    /** The small interface, and the values that pass through it. */
    private static final DescribedPredicate<JavaClass> SUPERVISION = belongToAnyOf(
            Supervision.class,
            Status.class,
            Transition.class,
            UpgradeRequest.class,
            UpgradeRecord.class,
            Outcome.class,
            Settings.class,
            Overseer.class,
            Overseer.Passed.class,
            Check.class,
            WarmUp.class,
            Warmth.class,
            Warmth.End.class,
            UpgradeTotals.class,
            UpgradeTotals.Phase.class,
            OwnVariables.class,
            UtilLinux.class,
            NativeText.class,
            NativeText.Obstacle.class,
            Wrap.class,
            Signal.class);

    @Test
    void coreKnowsNoFace() {
        noClasses()
                .that()
                .resideInAPackage(CORE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(CLI, CONTROL, CONFIG, DOCTOR, METRICS, SYSTEMD)
                .check(OURS);
    }

    @Test
    void facesKnowTheSupervisorBySupervisionAlone() {
        noClasses()
                .that()
                .resideInAnyPackage(CONTROL, CONFIG, DOCTOR, METRICS, SYSTEMD)
                .should()
                .dependOnClassesThat(resideInAPackage(CORE).and(not(SUPERVISION)))
                .check(OURS);
    }

    @Test
    void onlyTheCommandLineStartsASupervisor() {
        noClasses()
                .that()
                .resideInAPackage(CLI)
                .should()
                .dependOnClassesThat(resideInAPackage(CORE)
                        .and(not(SUPERVISION))
                        .and(not(belongToAnyOf(Supervisor.class, Preflight.class, StartException.class))))
                .check(OURS);
    }

    @Test
    void facesBelowTheCommandLineDoNotKnowIt() {
        noClasses()
                .that()
                .resideInAnyPackage(CONTROL, CONFIG, DOCTOR, METRICS, SYSTEMD)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(CLI)
                .check(OURS);
        noClasses()
                .that()
                .resideInAPackage(CONFIG)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(CONTROL)
                .check(OURS);
    }

    @Test
    void supervisorKnowsTheWireAndNothingElseOfTheKit() {
        noClasses()
                .that()
                .resideInAPackage("dev.baton.supervisor..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.baton.kit..", "dev.baton.agent..", "dev.baton.demo..", "dev.baton.load..")
                .check(OURS);
    }

    @Test
    void onlyLibcCallsNativeCode() {
        classes()
                .that(resideInAnyPackage("dev.baton..").and(not(belongToAnyOf(Libc.class))))
                .should()
                .onlyDependOnClassesThat(not(resideInAPackage("com.kenai.jffi..")))
                .check(OURS);
    }

    @Test
    void everyLibraryHasItsHome() {
        noClasses()
                .that()
                .resideOutsideOfPackage(CLI)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("picocli..", "ch.qos.logback..")
                .check(OURS.that(resideInAPackage("dev.baton.supervisor..")));
        noClasses()
                .that()
                .resideOutsideOfPackages(CONTROL, HTTP)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.jetty..")
                .check(OURS.that(resideInAPackage("dev.baton.supervisor..")));
        noClasses()
                .that()
                .resideOutsideOfPackage(METRICS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.micrometer..", "io.prometheus..")
                .check(OURS.that(resideInAPackage("dev.baton.supervisor..")));
        noClasses()
                .that()
                .resideOutsideOfPackages(JSON, CONFIG)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("tools.jackson..")
                .check(OURS.that(resideInAPackage("dev.baton.supervisor..")));
    }

    @Test
    void nothingIsCalledByAWordThatSaysNothing() {
        noClasses()
                .should()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .check(OURS);
    }

    @Test
    void noTestSleeps() {
        noClasses()
                .that(describe("are not about a time", type -> !MEASURED.contains(type.getSimpleName())))
                .should()
                .callMethodWhere(describe("it sleeps", ArchitectureTest::sleeps))
                .check(TESTS);
    }

    private static boolean sleeps(JavaMethodCall call) {
        return call.getName().equals("sleep")
                && (call.getTargetOwner().isEquivalentTo(Thread.class)
                        || call.getTargetOwner().isEquivalentTo(TimeUnit.class));
    }
}
