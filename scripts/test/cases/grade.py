#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""grade.py - the grader of the labs: for each it accepts a right solution, and refuses the broken file and plausible wrong repairs, with a reason. It takes minutes.

A right solution is made here, by putting the functions of hyp/mp in place of the broken ones: so it is nowhere to be read. A wrong repair is
an edit of the broken file.
"""
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
os.chdir(ROOT)
sys.dont_write_bytecode = True
grade = SourceFileLoader("grade", "scripts/lab/grade.py").load_module()
INCLUDES = "".join(f'#include "{name}"\n' for name in ("lib/atomic.h", "lib/ensure.h", "mp/mp_table.h", "mp/step.h", "port/port.h"))

# `live` falls a moment after the state does: who is refused for it may find all others stopped.
COUNTS = """
bool others_stopped(const struct mp_vcpu *self)
{
	return atomic_load_acquire(&self->vm->live) == 1;
}
"""

# lab: wrong repairs, each what it does and either the functions of hyp/mp that it takes over, or edits of the
# broken file; and what it puts behind
WRONG = {
    "1": [("only SUSPEND takes the lock", ["mp_system_suspend"]),
          ("only START takes the lock", ["mp_hart_start"]),
          ("counts instead of looking", ["mp_hart_start", "mp_system_suspend"], COUNTS)],
    "2": [("taken and not given back", [("\t\tRACE_POINT(start_entered);\n", "\t\tmutex_lock(&target->vm->lock);\n")]),
          ("given back before the question", [("\t\tRACE_POINT(start_entered);\n", "\t\tmutex_lock(&target->vm->lock);\n\t\tmutex_unlock(&target->vm->lock);\n")])],
    "3": [("given back once too often", [("return result(MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL);\n\telse\n", "{\n\t\tspin_unlock(&t->lock);\n\t\tr = result(MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL);\n\t} else\n")]),
          ("asked before the lock", [("\tspin_lock(&t->lock);\n\tif (mp_get(t) == MP_STOP_PENDING)\n\t\t*again = true;\n\telse if (mp_get(t) != MP_STOPPED)\n\t\treturn",
                                      "\tif (mp_get(t) != MP_STOPPED && mp_get(t) != MP_STOP_PENDING)\n\t\treturn"),
                                     ("\telse\n\t\tclaim", "\tspin_lock(&t->lock);\n\tif (mp_get(t) == MP_STOP_PENDING)\n\t\t*again = true;\n\telse\n\t\tclaim")])],
    "4": [("under the lock, before the question", [("\tset_entry(t, pc, arg);\n\tspin_lock(&t->lock);\n", "\tspin_lock(&t->lock);\n\tset_entry(t, pc, arg);\n")]),
          ("a look before the lock", [("\tset_entry(t, pc, arg);\n", "\tif (mp_get(t) == MP_STOPPED)\n\t\tset_entry(t, pc, arg);\n")])],
    "5": [("taken again for the change", [("\tset_phase(self", "\tmutex_lock(&self->vm->lock);\n\tset_phase(self"), ("\tmp_hart_suspend(self, pc, arg);\n\tmutex_lock(&self->vm->lock);\n", "\tmp_hart_suspend(self, pc, arg);\n")]),
          ("said before the check", [("\tif (!others_stopped", "\tset_phase(self->vm, MP_SUSPENDED_VM, self);\n\tif (!others_stopped"),
                                     ("\tmutex_unlock(&self->vm->lock);\n\tset_phase(self->vm, MP_SUSPENDED_VM, self);\n", ""), ("\tmutex_lock(&self->vm->lock);\n\treturn result(MP_OK, MP_SLEEP", "\treturn result(MP_OK, MP_SLEEP")])],
    "6": [("the wrong phase", [("(void)vm;\n\treturn false;", "return phase(vm) == MP_SUSPENDED_VM;")]),
          ("one phase of two", [("(void)vm;\n\treturn false;", "return phase(vm) == MP_DEAD;")])],
    "7": [("published twice", ["mp_stopped"]),
          ("never published", [("\tmp_set(self, MP_STOPPED);\n", "")])],
    "8": [("cleared twice", ["claim"]),
          ("cleared a little earlier, still too late", [("\tspin_lock(&self->lock);\n\tatomic_store_relaxed(&self->irq_posted, 0UL);\n", "\tatomic_store_relaxed(&self->irq_posted, 0UL);\n\tspin_lock(&self->lock);\n")])],
    "9": [("the other order, and not given back", [("\t\tspin_lock(&target->vm->vcpus[0]->lock);\n\t\tmutex_lock(&target->vm->lock);\n\t\tspin_unlock(&target->vm->vcpus[0]->lock);\n", "\t\tmutex_lock(&target->vm->lock);\n\t\tspin_lock(&target->vm->vcpus[0]->lock);\n")]),
          ("only the spinlock", [("\t\tmutex_lock(&target->vm->lock);\n", ""), ("\t\tmutex_unlock(&target->vm->lock);\n", "")])],
}


def right_function(name):
    if name == "is_sound":  # hyp/mp has none: it is sound without saying so
        return "bool is_sound(void)\n{\n\treturn true;\n}\n"
    text = grade.functions("hyp/mp/mp.c").get(name)
    if text:
        return text.removeprefix("STEP ").removeprefix("OPERATION ")
    sys.exit(f"FAIL grade: hyp/mp has no {name}() any more")


def repaired(text, start, names):
    for name in names:
        text = text.replace(grade.functions(start)[name], right_function(name))
    return text.replace("#include", INCLUDES + "#include", 1)


def edited(text, edits):
    for old, new in edits:
        if text.count(old) != 1:
            sys.exit(f"FAIL grade: an edit no longer fits: {old!r}")
        text = text.replace(old, new)
    return text


def attempts(number, variant):
    """What to grade: (title, accepted?, text)"""
    start = grade.start_file(variant)
    with open(start) as file:
        text = file.read()
    yield "right", True, repaired(text, start, grade.functions(start))
    yield "unchanged", False, text
    yield "emptied", False, "#include \"mp/step.h\"\n\nbool is_sound(void)\n{\n\treturn true;\n}\n"
    for title, how, *behind in WRONG[number]:
        wrong = repaired(text, start, how) if isinstance(how[0], str) else edited(text, how)
        yield title, False, wrong + "".join(behind)


def run_grade(number, folder):
    done = subprocess.run(["scripts/lab/grade.py"], env={**os.environ, "LAB": number, "LABS": folder, "QUICK": "1"}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    for name in os.listdir(grade.lab.OUT):  # the explorers built of it
        if folder.replace("/", "_") in name:
            os.unlink(f"{grade.lab.OUT}/{name}")
    return done


def begins(number, variant):
    """The first time: the question and not the answer is at the top of the file, and what is wrong is shown step by step."""
    with tempfile.TemporaryDirectory() as folder:
        said = run_grade(number, folder).stdout
        with open(f"{folder}/{number}.c") as file:
            text = file.read()
        good = text.count("/*") == 2 and grade.labs()[number][1] in text and "VIOLATION" in said and f"FAIL lab_{number}" in said
        return f"PASS lab_{number}_begins" if good and variant not in text else f"{said}\n{text[:300]}\nFAIL lab_{number}_begins: see above"


def refused(title, what, prepare):
    """What is no solution at all is said in a few lines, none of them Python's or about something else."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        done = run_grade("1", f"{folder}/lab")
        good = done.returncode == 1 and what in done.stdout and "Traceback" not in done.stdout and done.stdout.count("\n") < 20
        return f"PASS {title}" if good else f"{done.stdout}\nFAIL {title}: see above"


def with_file(text):
    def prepare(folder):
        os.mkdir(f"{folder}/lab")
        with open(f"{folder}/lab/1.c", "w") as file:
            file.write(text)
    return prepare


def around():
    with open(grade.start_file("none")) as file:
        broken = file.read()
    yield refused("lab_syntax_error", "FAIL lab_1: it does not compile", with_file(broken.replace("struct mp_result r;", "struct mp_result r", 1)))
    yield refused("lab_that_does_not_link", "FAIL lab_1: it does not compile",
                  with_file(broken + "\nbool nowhere(void);\nbool is_lost(void);\nbool is_lost(void)\n{\n\treturn nowhere();\n}\n"))
    yield refused("lab_file_is_a_folder", "1.c", lambda folder: os.makedirs(f"{folder}/lab/1.c"))
    yield refused("lab_folder_is_a_file", "grade: ", lambda folder: open(f"{folder}/lab", "w").close())
    yield begins("1", "none")
    yield begins("3", "nounlock")


def try_one(number, title, accepted, text):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/{number}.c", "w") as file:
            file.write(text)
        done = run_grade(number, folder)
    name, last = f"lab_{number}_{title.replace(' ', '_').replace(',', '')}", done.stdout.strip().splitlines()
    verdict = f"PASS lab_{number}:" if accepted else f"FAIL lab_{number}:"
    why = [line for line in last if line.startswith(verdict)]
    said = done.stdout[done.stdout.find(verdict):].replace("\n", " ").strip()
    # An edit that does not compile would not be a plausible repair.
    if done.returncode == (not accepted) and why and "does not compile" not in said:
        return f"PASS {name}: {said[len(verdict):].strip()[:250]}"
    return "\n".join([f"    {line}" for line in last[-30:]] + [f"FAIL {name}: the grader ends with {done.returncode}; see above"])


def main():
    jobs = [(number, *attempt) for number, (variant, _) in grade.labs().items() for attempt in attempts(number, variant)]
    os.makedirs(grade.lab.OUT, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        lines = [*around(), *pool.map(lambda job: try_one(*job), jobs)]
    print("\n".join(lines))
    return 1 if any("FAIL " in line for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
