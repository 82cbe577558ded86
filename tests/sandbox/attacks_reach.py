"""Attacks that reach for what is not theirs: files and the network."""

from __future__ import annotations

from hostile import SECRET, Attack, said

FILES = (
    Attack(
        "writes-a-file",
        "writes a file of its own choice",
        """
        def strike():
            with open(HOME + "/owned", "w") as file:
                file.write("x")
        """,
        "FileNotFoundError|Read-only",
        lambda target, _: (target.home / "owned").exists(),
    ),
    Attack(
        "changes-a-record",
        "appends to the record of another agent",
        """
        def strike():
            with open(HOME + "/record.json", "a") as file:
                file.write("!")
        """,
        "FileNotFoundError|Read-only",
        lambda target, _: (target.home / "record.json").read_text().endswith("!"),
    ),
    Attack(
        "reads-a-file",
        "reads a file that only the user may read",
        """
        def strike():
            raise RuntimeError("stole " + open(HOME + "/secret.txt").read())
        """,
        "FileNotFoundError",
        said(SECRET),
    ),
    Attack(
        "reads-the-accounts",
        "reads who has an account on this machine",
        """
        def strike():
            raise RuntimeError("stole " + open("/etc/passwd").read().splitlines()[0])
        """,
        "FileNotFoundError",
        said("stole root:"),
    ),
    Attack(
        "starts-a-shell",
        "starts a program of this machine",
        """
        def strike():
            import subprocess
            told = subprocess.run(["/bin/sh", "-c", "echo a shell"], stdout=-1, text=True).stdout
            raise RuntimeError("started " + told)
        """,
        "FileNotFoundError",
        said("started a shell"),
    ),
    Attack(
        "searches-for-records",
        "looks for records beside itself and above",
        """
        def strike():
            here = os.path.dirname(os.path.abspath(__file__))
            for folder in (here, HOME, os.getcwd()):
                for name in os.listdir(folder) if os.path.isdir(folder) else ():
                    if name.endswith(".json"):
                        raise RuntimeError("stole " + open(os.path.join(folder, name)).read())
            raise RuntimeError("nothing there")
        """,
        "nothing there",
        said(SECRET),
    ),
    Attack(
        "follows-a-link-beside-it",
        "brings a symlink to a file that it may not read",
        """
        def strike():
            folder = os.path.dirname(os.path.abspath(__file__))
            raise RuntimeError("stole " + open(os.path.join(folder, "notes")).read())
        """,
        "FileNotFoundError",
        said(SECRET),
    ),
    Attack(
        "changes-a-library",
        "opens an installed package's source, and its own, to write to it",
        """
        def strike():
            for path in (np.__file__, __file__):
                try:
                    open(path, "a").close()
                except OSError as error:
                    last = error
                else:
                    raise RuntimeError("could change " + path)
            raise last
        """,
        "Read-only file system|PermissionError",
        said("could change"),
    ),
)

NETWORK = (
    Attack(
        "connects",
        "connects to a port of this machine",
        """
        def strike():
            socket.create_connection(("127.0.0.1", PORT), 5).close()
            raise RuntimeError("connected")
        """,
        "Connection refused|unreachable",
        lambda target, _: target.called(),
    ),
    Attack(
        "finds-an-interface",
        "looks for a network to leave by",
        """
        def strike():
            probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("0.0.0.0", 0))
            names = [name for _, name in socket.if_nameindex()]
            raise RuntimeError("ways out: " + (", ".join(n for n in names if n != "lo") or "none"))
        """,
        "ways out: none",
        lambda _, heard: "ways out: " in heard and "ways out: none" not in heard,
    ),
    Attack(
        "asks-a-socket",
        "asks a socket that it was handed for the networks it was made beside",
        """
        def strike():
            import fcntl
            found = set()
            for descriptor in range(3, 256):
                try:
                    if "socket" not in os.readlink(f"/proc/self/fd/{descriptor}"):
                        continue
                except OSError:
                    continue
                for number in range(1, 32):
                    try:
                        told = fcntl.ioctl(descriptor, 0x8910, struct.pack("16xi20x", number))
                    except OSError:
                        continue
                    found.add(told[:16].rstrip(bytes(1)).decode())
            raise RuntimeError("ways out: " + (", ".join(found - {"lo"}) or "none"))
        """,
        "ways out: none",
        lambda _, heard: "ways out: " in heard and "ways out: none" not in heard,
    ),
    Attack(
        "calls-an-abstract-name",
        "connects to a socket that has no file, as desktops have many",
        """
        def strike():
            client = socket.socket(socket.AF_UNIX)
            client.connect(chr(0) + NAME)
            raise RuntimeError("connected")
        """,
        "Connection refused",
        said("connected"),
    ),
)

ATTACKS = (*FILES, *NETWORK)
