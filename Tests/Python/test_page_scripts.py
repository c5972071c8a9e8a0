"""The dashboard's scripts are JavaScript: Node reads each of them, where there is one."""
import pathlib, re, shutil, subprocess, unittest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "Sources/DashboardService/Page"
SCRIPTS = ("PageCharts.swift", "PageScript.swift", "PageViews.swift")


class PageScripts(unittest.TestCase):
    def test_each_script_can_be_read(self):
        node = shutil.which("node")
        if node is None:
            self.skipTest("there is no node here to read the dashboard's scripts")
        for name in SCRIPTS:
            texts = re.findall(r'#"""\n(.*?)"""#', (PAGE / name).read_text(), re.DOTALL)
            self.assertTrue(texts, f"{name} has no script in it")
            for text in texts:
                read = subprocess.run([node, "--check", "-"], input=text, capture_output=True, text=True)
                self.assertEqual(read.returncode, 0, f"{name}: {read.stderr}")


if __name__ == "__main__":
    unittest.main()
