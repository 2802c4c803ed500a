"""Packages of plug-ins, made in a test as an installer leaves them."""

from pathlib import Path

GROUP = "conductor_tui.platforms"


def distribution(
    site: Path,
    package: str,
    entry_points: str | bytes | None,
    *,
    metadata: str | None = "",
    version: str = "1.0",
) -> Path:
    """Make a distribution. `entry_points` is the file of that name; `metadata` None:
    it has none, as after an installation that was cut short.
    """
    info = site / f"{package.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    if metadata is not None:
        usual = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        (info / "METADATA").write_text(metadata or usual)
    if isinstance(entry_points, str):
        entry_points = entry_points.encode()
    if entry_points is not None:
        (info / "entry_points.txt").write_bytes(entry_points)
    return info


def plugins(site: Path, count: int, mark: Path) -> list[str]:
    """Make that many packages with one plug-in each, whose modules write the file
    `mark` when they are imported. Returns the names of the modules.
    """
    modules = [f"made_for_a_test_{number}" for number in range(count)]
    for number, module in enumerate(modules):
        points = f"[{GROUP}]\nmade-{number} = {module}:Plugin\n"
        distribution(site, f"made-{number}", points)
        code = f"open({str(mark)!r}, 'a').close()\nclass Plugin: pass\n"
        (site / f"{module}.py").write_text(code)
    return modules
