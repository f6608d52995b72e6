package dev.baton.supervisor.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.supervisor.doctor.Finding.Level;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doctor in front of machines that are not well. */
class DoctorTest {
    @TempDir
    Path root;

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private static void assertFinding(Level level, String says, Finding finding) {
        assertEquals(level, finding.level(), finding.toString());
        assertTrue(finding.says().contains(says), finding.toString());
        assertEquals(level == Level.OK, finding.remedy().isEmpty(), finding.toString());
    }

    @Test
    void machineOfTheTestsIsWell() {
        for (Finding finding : Doctor.ofThisMachine(root.resolve("run")).findings()) {
            assertTrue(finding.level() != Level.FAIL, finding.toString());
        }
    }

    @Test
    void openFilesAreCounted() throws IOException {
        assertFinding(Level.WARN, "cannot be read", new KernelLimits(root).openFiles());
        write("proc/self/limits", "Limit   Soft Limit   Hard Limit   Units\n");
        assertFinding(Level.WARN, "does not say", new KernelLimits(root).openFiles());
        for (String line : new String[] {"128 128 FAIL", "128 1024 WARN", "1024 65536 OK", "unlimited unlimited OK"}) {
            String[] is = line.split(" ");
            write("proc/self/limits", "Max open files            " + is[0] + "       " + is[1] + "      files\n");
            assertFinding(Level.valueOf(is[2]), is[0] + " open files", new KernelLimits(root).openFiles());
        }
    }

    @Test
    void backlogIsComparedWithWhatIsAskedFor() throws IOException {
        assertFinding(Level.WARN, "cannot be read", new KernelLimits(root).backlog());
        write("proc/sys/net/core/somaxconn", "128\n");
        assertFinding(Level.WARN, "at most 128, and 4096 is asked for", new KernelLimits(root).backlog());
        write("proc/sys/net/core/somaxconn", "4096\n");
        assertFinding(Level.OK, "at most 4096", new KernelLimits(root).backlog());
    }

    @Test
    void kernelsParametersAreReadWhole() throws Exception {
        Process sysctl = new ProcessBuilder("cat", "/proc/sys/kernel/pid_max").start();
        String whole = new String(sysctl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        assertTrue(whole.length() > 1, whole);
        assertEquals(whole, Sysctl.read(Path.of("/"), "kernel/pid_max"));
    }

    @Test
    void handshakesNeedRoomOrCookies() throws IOException {
        assertFinding(Level.WARN, "cannot be read", new KernelLimits(root).handshakes());
        write("proc/sys/net/ipv4/tcp_max_syn_backlog", "512\n");
        assertFinding(Level.WARN, "512 handshakes at once, and no SYN cookies", new KernelLimits(root).handshakes());
        write("proc/sys/net/ipv4/tcp_syncookies", "1\n");
        assertFinding(Level.OK, "then SYN cookies", new KernelLimits(root).handshakes());
    }

    @Test
    void candidatesStepBackWhereAutogroupsCountOrNiceValuesCanBePutBack() throws IOException {
        Processors processors = new Processors(root);
        assertFinding(Level.OK, "leaves the processors", processors.priority(true));
        assertFinding(Level.WARN, "there are no autogroups", processors.priority(false));
        write("proc/sys/kernel/sched_autogroup_enabled", "0\n");
        assertFinding(Level.WARN, "autogroups are off", processors.priority(false));
        write("proc/sys/kernel/sched_autogroup_enabled", "1\n");
        write("proc/self/cgroup", "0::/system.slice/shop.service\n");
        write("sys/fs/cgroup/cpu.weight", "of the root, where there is none");
        assertFinding(Level.OK, "leaves the processors", processors.priority(false));
        write("sys/fs/cgroup/system.slice/cpu.weight", "100\n");
        assertFinding(Level.WARN, "shared out by cgroup", processors.priority(false));
        write("proc/self/cgroup", "4:memory:/shop\n2:cpuacct:/shop\n1:cpu:/\n0::/\n");
        assertFinding(Level.OK, "leaves the processors", processors.priority(false));
        write("proc/self/cgroup", "3:cpu,cpuacct:/shop\n0::/\n");
        assertFinding(Level.WARN, "shared out by cgroup", processors.priority(false));
        assertFinding(Level.OK, "leaves the processors", processors.priority(true));
    }

    @Test
    void procMustTellOfThreadsAndPolls() throws IOException {
        assertFinding(Level.FAIL, "cannot be read", new OwnProcess(root).threads());
        assertFinding(Level.FAIL, "cannot be read", new OwnProcess(root).polls());
        write("proc/self/mem", "");
        Files.createDirectories(root.resolve("proc/self/task/1"));
        write("proc/self/fdinfo/0", "pos: 0\n");
        assertFinding(Level.FAIL, "syscall cannot be read", new OwnProcess(root).threads());
        assertFinding(Level.FAIL, "does not tell", new OwnProcess(root).polls());
    }

    @Test
    void kernelAndJavaMustBeYoungEnough() {
        Programs programs = new Programs(root, Map.of());
        assertFinding(Level.FAIL, "Windows 11", programs.kernel("Windows 11", "10.0"));
        assertFinding(Level.FAIL, "Linux 3.10", programs.kernel("Linux", "3.10.0-1160.el7"));
        assertFinding(Level.FAIL, "Linux 4.5", programs.kernel("Linux", "4.5"));
        assertFinding(Level.WARN, "Linux 4.6", programs.kernel("Linux", "4.6.1"));
        assertFinding(Level.WARN, "Linux 5.10", programs.kernel("Linux", "5.10.0-30-amd64"));
        assertFinding(Level.OK, "Linux 5.11", programs.kernel("Linux", "5.11.0"));
        assertFinding(Level.WARN, "Linux odd", programs.kernel("Linux", "odd"));
        assertFinding(Level.FAIL, "11.0.2", programs.java(Runtime.Version.parse("11.0.2")));
        assertFinding(Level.OK, "25", programs.java(Runtime.Version.parse("25")));
    }

    @Test
    void setsidMustBeOnThePath() throws IOException {
        Programs programs = new Programs(root, Map.of("PATH", "/nowhere:/usr/bin"));
        assertFinding(Level.FAIL, "no setsid(1)", programs.setsid());
        write("usr/bin/setsid", "");
        Files.setPosixFilePermissions(root.resolve("usr/bin/setsid"), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertFinding(Level.OK, "usr/bin/setsid", programs.setsid());
        assertFinding(Level.WARN, "no setpriv(1)", programs.setpriv());
        write("usr/bin/setpriv", "");
        Files.setPosixFilePermissions(root.resolve("usr/bin/setpriv"), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertFinding(Level.OK, "usr/bin/setpriv", programs.setpriv());
        // Where the supervisor looks, too, whatever the PATH.
        for (String path : List.of("", "relative", "/nowhere")) {
            assertFinding(Level.OK, "usr/bin/setsid", new Programs(root, Map.of("PATH", path)).setsid());
        }
        assertFinding(Level.OK, "usr/bin/setsid", new Programs(root, Map.of()).setsid());
        assertFinding(Level.OK, "does not run this machine", programs.systemd());
    }

    @Test
    void runtimeDirectoryOfASessionIsTakenAwayUnlessItsUserLingers() throws IOException {
        Home session = new Home(Path.of("/run/user/1000/baton/shop"));
        assertFinding(Level.OK, "stays when deploy logs out", session.afterLogout(root, "deploy"));
        Files.createDirectories(root.resolve("run/systemd/system"));
        Finding finding = session.afterLogout(root, "deploy");
        assertFinding(Level.WARN, "/run/user/1000/baton/shop goes when deploy's last session ends", finding);
        assertTrue(finding.remedy().contains("loginctl enable-linger deploy"), finding.remedy());
        assertFinding(Level.OK, "stays", new Home(Path.of("/run/baton/shop")).afterLogout(root, "deploy"));
        write("var/lib/systemd/linger/deploy", "");
        assertFinding(Level.OK, "stays", session.afterLogout(root, "deploy"));
    }

    @Test
    void runtimeDirectoryMustBeOurs() throws IOException {
        assertFinding(Level.OK, "to be made", new Home(root.resolve("a/b/c")).directory());
        write("file", "");
        assertFinding(Level.FAIL, "cannot be made in", new Home(root.resolve("file/run")).directory());
        Path open = Files.createDirectory(root.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertFinding(Level.FAIL, "has mode 777", new Home(open).directory());
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwx------"));
        assertFinding(Level.OK, "mode 700", new Home(open).directory());
        Path link = Files.createSymbolicLink(root.resolve("link"), open);
        assertFinding(Level.FAIL, "is a link or a file", new Home(link).directory());
        assertFinding(Level.OK, "control.sock", new Home(open).socket());
        assertFinding(Level.FAIL, "control.sock", new Home(root.resolve("x".repeat(100))).socket());
    }
}
