"""Compiles every .c file of a project and links them into a program or a shared library, through the host's tools."""
import os
import shutil
import tempfile

import diagnostics

COMPILERS = ("clang", "gcc", "cc")
TARGETS = ("native", "shared")


def find_compiler(host):
    return next((name for name in COMPILERS if host.call("tools.find-tool", name)), None)


def check_tools(host):
    name = find_compiler(host)
    version = None
    if name is not None:
        reply = host.call("tools.run-tool", name, ["--version"], options(None))
        version = reply["ok"]["stdout"].splitlines()[0] if "ok" in reply else None
    return [
        {
            "name": name or "clang",
            "found": name is not None,
            "version": version,
            "hint": "install clang or gcc (Debian: apt-get install clang; macOS: xcode-select --install)",
        }
    ]


def detect(files):
    sources = [file for file in files if file.endswith(".c")]
    if not sources:
        return None
    entry = next((file for file in sources if file.rsplit("/", 1)[-1] == "main.c"), None)
    return {"language": "c", "confidence": 80 if entry else 50, "entry": entry}


def options(cwd):
    return {"cwd": cwd, "env": [["LC_ALL", "C"]], "stdin": None, "timeout-ms": None}


class BuildFailed(Exception):
    """Carries the contract's build-error, as JSON."""

    def __init__(self, tag, val):
        super().__init__(tag)
        self.error = {"tag": tag, "val": val}


def build(host, request):
    target = request.get("target") or TARGETS[0]
    if target not in TARGETS:
        raise BuildFailed("unsupported", f"there is no target {target}, only {' and '.join(TARGETS)}")
    compiler = find_compiler(host)
    if compiler is None:
        raise BuildFailed("tool-missing", check_tools(host))
    sources = [file for file in list_files(host) if file.endswith(".c")]
    if not sources:
        raise BuildFailed("unsupported", "the project has no .c file")
    settings = read_settings(request["options"])
    objects = tempfile.mkdtemp(prefix="build-c-")
    try:
        return make(host, request, Job(compiler, target, settings, sources, objects))
    finally:
        shutil.rmtree(objects, ignore_errors=True)


class Job:
    def __init__(self, compiler, target, settings, sources, objects):
        self.compiler = compiler
        self.target = target
        self.settings = settings
        self.sources = sources
        self.objects = objects


def make(host, request, job):
    project = request["project"]
    flags = [f"-std={job.settings['std']}", "-Wall", "-Wextra", "-fno-color-diagnostics" if job.compiler == "clang" else "-fdiagnostics-color=never"]
    flags += ["-O2", "-DNDEBUG"] if request["release"] else ["-O0", "-g"]
    flags += ["-fPIC"] if job.target == "shared" else []
    found, made = [], []
    for index, source in enumerate(job.sources):
        host.tell("report.progress", f"compiling {source}", index * 100 // (len(job.sources) + 1))
        made.append(os.path.join(job.objects, f"{index}.o"))
        result = run(host, job.compiler, [*flags, "-c", source, "-o", made[-1]])
        messages = diagnostics.from_compiler(result["stderr"], project)
        if result["exit-code"] != 0 and not any(each["severity"] == "error" for each in messages):
            messages.append({"severity": "error", "message": result["stderr"].strip() or "the compiler failed without a message", "file": source})
        found += messages
    if any(each["severity"] == "error" for each in found):
        raise BuildFailed("compile-failed", found)
    return link(host, request, job, made, found)


def link(host, request, job, made, found):
    host.tell("report.progress", "linking", 95)
    name = os.path.basename(os.path.normpath(request["project"])) or "program"
    artifact = f"lib{name}.so" if job.target == "shared" else name
    path = os.path.join(request["out-dir"], artifact)
    libraries = [f"-l{library}" for library in job.settings["libs"].split(",") if library]
    result = run(host, job.compiler, [*(["-shared"] if job.target == "shared" else []), *made, *libraries, "-o", path])
    if result["exit-code"] != 0:
        raise BuildFailed("compile-failed", found + diagnostics.from_linker(result["stderr"], request["project"]))
    kind = "library" if job.target == "shared" else "executable"
    return {
        "artifacts": [{"path": artifact, "kind": kind, "size": os.path.getsize(path)}],
        "diagnostics": found,
        "run": None if job.target == "shared" else {"program": artifact, "args": []},
    }


def read_settings(pairs):
    settings = {"std": "c11", "libs": ""}
    for name, value in pairs:
        if name not in settings:
            raise BuildFailed("unsupported", f"there is no option {name}, only {', '.join(settings)}")
        if not all(char.isalnum() or char in ",+_-" for char in value):
            raise BuildFailed("unsupported", f"{value!r} is no value for the option {name}")
        settings[name] = value
    return settings


def list_files(host):
    reply = host.call("project.list-files", "")
    if "err" in reply:
        raise BuildFailed("io", f"the project's files could not be listed: {reply['err']}")
    return reply["ok"]


def run(host, name, args):
    reply = host.call("tools.run-tool", name, args, options(None))
    if "err" in reply:
        err = reply["err"]
        raise BuildFailed("io", f"{name} could not be run: {err.get('val', err['tag']) if isinstance(err, dict) else err}")
    return reply["ok"]
