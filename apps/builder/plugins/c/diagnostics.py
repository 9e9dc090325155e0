"""What a C compiler and a linker print -> diagnostics with file, line and column."""
import os
import re

PLACED = re.compile(r"^(?P<file>[^\s:][^:]*):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<severity>(?:fatal )?error|warning|note): (?P<message>.*)$")
FLAG = re.compile(r" \[-W(?:error=)?(?P<flag>[\w+=-]+)[^\]]*\]$")
UNDEFINED = re.compile(r"^(?:.*?: )??(?:(?P<file>[^\s:()]+\.c):(?P<line>\d+)?[^ ]*: )?(?P<message>(?:undefined reference to|multiple definition of) .*)$")


def from_compiler(text, project):
    """The compiler's messages, in its order; lines of source code and carets between them are left out."""
    found = []
    for line in text.splitlines():
        match = PLACED.match(line)
        if match is None:
            continue
        message = match["message"]
        flag = FLAG.search(message)
        found.append(
            {
                "severity": "error" if "error" in match["severity"] else match["severity"],
                "message": message[: flag.start()] if flag else message,
                "file": relative(match["file"], project),
                "line": int(match["line"]),
                "column": int(match["column"]) if match["column"] else None,
                "code": flag["flag"] if flag else None,
            }
        )
    return found


def from_linker(text, project):
    """Undefined and doubly defined names, each once; the whole output where there is none."""
    found = {}
    for line in text.splitlines():
        match = UNDEFINED.match(line)
        if match is None or match["message"] in found:
            continue
        found[match["message"]] = {
            "severity": "error",
            "message": match["message"],
            "file": relative(match["file"], project) if match["file"] else None,
            "line": int(match["line"]) if match["line"] else None,
        }
    return list(found.values()) or [{"severity": "error", "message": text.strip() or "the linker failed without a message"}]


def relative(file, project):
    path = os.path.normpath(os.path.join(project, file))
    inside = os.path.relpath(path, project)
    return (file if inside.startswith("..") else inside).replace(os.sep, "/")
