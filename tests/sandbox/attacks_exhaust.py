"""Attacks that use up what everybody needs: memory, processes, time, patience."""

from __future__ import annotations

from dataclasses import replace

from hostile import SMALL, Attack, said

ATTACKS = (
    Attack(
        "exhausts-memory",
        "takes 600 MiB",
        """
        def strike():
            held = [bytearray(b"x" * 2**22) for _ in range(150)]
            raise RuntimeError(f"took {len(held) * 4} MiB")
        """,
        "memory limit of 320 MiB",
        said("took 600 MiB"),
    ),
    Attack(
        "exhausts-memory-together",
        "takes 600 MiB in six processes, each of them modest",
        """
        def strike():
            children = []
            for _ in range(6):
                read, write = os.pipe()
                child = os.fork()
                if child == 0:
                    held = bytearray(b"x" * 100 * 2**20)
                    os.write(write, b"!")
                    time.sleep(600)
                os.close(write)
                children.append((child, read))
            told = [os.read(read, 1) for _, read in children]
            for child, _ in children:
                os.kill(child, 9)
            raise RuntimeError("took 600 MiB" if told == [b"!"] * 6 else "was kept from it")
        """,
        "memory limit of 320 MiB",
        said("took 600 MiB"),
    ),
    Attack(
        "fills-shared-memory",
        "fills /dev/shm, here with 32 MiB",
        """
        def strike():
            try:
                with open("/dev/shm/gmbench-test", "wb") as file:
                    file.write(bytes(2**25))
                raise RuntimeError("filled it")
            finally:
                os.unlink("/dev/shm/gmbench-test")
        """,
        "No space left",
        said("filled it"),
    ),
    Attack(
        "fills-scratch",
        "fills /tmp, here with 32 MiB",
        """
        def strike():
            try:
                with open("/tmp/gmbench-test-scratch", "wb") as file:
                    file.write(bytes(2**25))
                raise RuntimeError("filled it")
            finally:
                os.unlink("/tmp/gmbench-test-scratch")
        """,
        "No space left",
        said("filled it"),
    ),
    Attack(
        "fork-bomb",
        "starts processes without end, here 60",
        """
        def strike():
            children = []
            try:
                for _ in range(60):
                    child = os.fork()
                    if child == 0:
                        time.sleep(600)
                        os._exit(0)
                    children.append(child)
            finally:
                for child in children:
                    os.kill(child, 9)
                    os.waitpid(child, 0)
            raise RuntimeError(f"forked {len(children)}")
        """,
        "limit of 24 processes",
        said("forked 60"),
    ),
    Attack(
        "opens-every-file",
        "opens files without end, here 200",
        """
        def strike():
            held = [open("/dev/null") for _ in range(200)]
            raise RuntimeError(f"opened {len(held)}")
        """,
        "Too many open files",
        said("opened 200"),
    ),
    Attack(
        "burns-the-processor",
        "computes without end, here for 2 seconds",
        """
        def strike():
            until = time.process_time() + 2
            while time.process_time() < until:
                pass
            raise RuntimeError("burnt 2 s")
        """,
        "used up its 1 s of processor time",
        said("burnt 2 s"),
        replace(SMALL, cpu=1),
    ),
    Attack(
        "sleeps-when-loaded",
        "never comes back from being imported",
        """
        time.sleep(600)
        """,
        "not loaded after 8 s",
        said("endless"),
        replace(SMALL, start=8),
        timeout=3,
    ),
    Attack(
        "sleeps-in-a-step",
        "never answers",
        """
        def strike():
            time.sleep(600)
        """,
        "no answer for 1 s",
        said("endless"),
        replace(SMALL, step=1),
        timeout=3,
    ),
    Attack(
        "answers-drop-by-drop",
        "answers a byte at a time, so that no single wait is long",
        """
        def strike():
            frame = struct.pack("<IIIIQ", 0x31424D47, 3, 32, 0, 1) + bytes(32)
            for byte in frame:
                for descriptor in range(3, 256):
                    try:
                        os.write(descriptor, bytes([byte]))
                    except OSError:
                        pass
                time.sleep(0.2)
        """,
        "no answer for 2 s",
        said("endless"),
        replace(SMALL, step=2),
        timeout=3,
    ),
    Attack(
        "is-always-just-in-time",
        "answers each step before its deadline, and never comes to an end",
        """
        def strike():
            for _ in range(1 if "gmbench.sandbox.worker" in sys.modules else 600):
                time.sleep(1)
        """,
        "its 9 s in all are over",
        said("endless"),
        replace(SMALL, step=5, wall=9),
        timeout=3,
    ),
    Attack(
        "stops-itself",
        "stops its own process by a signal, which whoever waits for it cannot tell from work",
        """
        def strike():
            os.kill(os.getpid(), 19)
        """,
        "no answer for 1 s",
        said("endless"),
        replace(SMALL, step=1),
        timeout=3,
    ),
    Attack(
        "stuffs-the-pipe",
        "writes to its parent's pipe until both wait for each other",
        """
        def strike():
            for descriptor in range(3, 256):
                try:
                    if "pipe" in os.readlink(f"/proc/self/fd/{descriptor}"):
                        os.write(descriptor, bytes(2**24))
                except OSError:
                    pass
        """,
        "which is no answer",
        said("endless"),
        timeout=5,
    ),
    Attack(
        "raises-its-limits",
        "raises the limits that it was started with",
        """
        def strike():
            import resource
            resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
            raise RuntimeError("may open 1,024 files")
        """,
        "not allowed to raise",
        said("may open 1,024 files"),
    ),
    Attack(
        "floods-stdout",
        "prints 4 MiB",
        """
        def strike():
            for _ in range(64):
                print("x" * 65536, flush=True)
        """,
        "printed more than 256 KiB",
        lambda _, heard: len(heard) > 4 * 2**20,
    ),
)
