"""A builder plugin for C: a long-lived process that knows no Tenon package, only lines of JSON."""
import build_c
import rpc


def build(host, request):
    try:
        return {"ok": build_c.build(host, request)}
    except build_c.BuildFailed as failed:
        return {"err": failed.error}
    except rpc.Cancelled:
        return {"err": {"tag": "cancelled"}}
    except OSError as error:
        return {"err": {"tag": "io", "val": str(error)}}


rpc.Connection(
    "tenon:builder/plugin@0.1.0",
    {
        "builder.info": lambda host: {
            "name": "c",
            "version": "0.1.0",
            "description": "C programs and shared libraries, with clang, gcc or cc.",
            "languages": ["c"],
            "targets": list(build_c.TARGETS),
        },
        "builder.detect": lambda host, files: build_c.detect(files),
        "builder.check-tools": lambda host: build_c.check_tools(host),
        "builder.build": build,
        "builder.clean": lambda host, project, out_dir: {"ok": []},
    },
).serve()
