"""`python -m infra.protos`: make protos/gen from the contracts; with --check, fail when that would leave a difference.

The field rules' own contract (buf/validate) is not ours to commit: its descriptor is read from the protovalidate wheel,
at generation for the compiler and at run time by protos/gen/buf/validate/validate_pb2.py, which is written by hand.
`--image FILE` writes the descriptors that the breaking check of the next release compares with.
"""

import filecmp
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GENERATED = PROTOS / "gen"
OWN_PACKAGES = "seikyu"


def rules_descriptor() -> bytes:
    """Serialised FileDescriptorSet of buf/validate/validate.proto and what it imports."""
    files = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, timestamp_pb2, field_mask_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.add().ParseFromString(validate_pb.desc().proto.to_binary())
    return files.SerializeToString()


def compile_protos(*options: str) -> None:
    """Run protoc from grpcio-tools over all contracts; raises SystemExit with the compiler's own message."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.binpb"
        rules.write_bytes(rules_descriptor())
        sources = sorted(str(p.relative_to(PROTOS)) for p in (PROTOS / OWN_PACKAGES).rglob("*.proto"))
        plugin = f"--plugin=protoc-gen-mypy={Path(sys.executable).parent / 'protoc-gen-mypy'}"
        grpc_plugin = f"--plugin=protoc-gen-mypy_grpc={Path(sys.executable).parent / 'protoc-gen-mypy_grpc'}"
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", f"--descriptor_set_in={rules}"]
        done = subprocess.run([*command, plugin, grpc_plugin, *options, *sources], check=False, cwd=PROTOS)
    if done.returncode:
        sys.exit("protos: the compiler refused the contracts (see above)")


def generate(target: Path) -> None:
    """Write the Python modules, type stubs and service stubs below `target`/seikyu."""
    target.mkdir(parents=True, exist_ok=True)
    compile_protos(
        f"--python_out={target}",
        f"--mypy_out=quiet:{target}",
        f"--grpc_python_out={target}",
        f"--mypy_grpc_out=quiet:{target}",
    )
    for folder in [target / OWN_PACKAGES, *(target / OWN_PACKAGES).rglob("*")]:
        if folder.is_dir():
            (folder / "__init__.py").touch()


def image(target: Path) -> None:
    """Write the descriptors of the own contracts, with sources, for buf lint and buf breaking."""
    compile_protos("--include_imports", "--include_source_info", f"--descriptor_set_out={target}")


def differences(left: Path, right: Path) -> list[str]:
    """Relative names that differ or stand on one side only."""
    names = {
        str(p.relative_to(side)) for side in (left, right) for p in side.rglob("*.py*") if "__pycache__" not in p.parts
    }
    return sorted(n for n in names if not same(left / n, right / n))


def same(left: Path, right: Path) -> bool:
    """Whether both files are there and hold the same bytes."""
    return left.is_file() and right.is_file() and filecmp.cmp(left, right, shallow=False)


def check() -> None:
    """Exit with what is wrong when the generated code is stale, the lint complains or the contracts break."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        changed = differences(Path(folder) / OWN_PACKAGES, GENERATED / OWN_PACKAGES)
        current = Path(folder) / "current.binpb"
        image(current)
        lint_and_compare(current)
    if changed:
        sys.exit("protos: run `make protos`; these differ: " + ", ".join(changed))


def lint_and_compare(current: Path) -> None:
    """Buf's STANDARD lint, and its breaking check against the image of the last release."""
    buf = str(Path(sys.executable).parent / "buf")
    lint = '{"version":"v2","lint":{"use":["STANDARD"],"ignore":["buf","google"]}}'
    breaking = '{"version":"v2","breaking":{"use":["WIRE_JSON"],"ignore":["buf","google"]}}'
    for command in (
        [buf, "lint", str(current), "--config", lint],
        [buf, "breaking", str(current), "--config", breaking, "--against", str(PROTOS / "image.binpb")],
    ):
        if subprocess.run(command, check=False).returncode:
            sys.exit(f"protos: buf {command[1]} found the above")


def main(arguments: list[str]) -> None:
    """Generate, check, or write the image of a release."""
    match arguments:
        case []:
            shutil.rmtree(GENERATED / OWN_PACKAGES, ignore_errors=True)
            generate(GENERATED)
        case ["--check"]:
            check()
        case ["--image", path]:
            image(Path(path).resolve())
        case _:
            sys.exit("usage: python -m infra.protos [--check | --image FILE]")


if __name__ == "__main__":
    main(sys.argv[1:])
