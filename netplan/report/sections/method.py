"""The method: the model in words and in mathematics, how the proof works, what was solved."""

from __future__ import annotations

from netplan.report.content import Block, Bullets, Formula, Item, Paragraph, Section
from netplan.report.context import Context
from netplan.report.terms import figures, present_value, stated, symbols, terms_of

OBJECTIVE = "min quad sum_k c_k thin y_k + sum_j c_j thin z_j + sum_e c_e thin x_e + sum_(i, j) c_(i j) thin s_(i j)"
PRESENT_VALUE = "c = K + sum_(t = 1)^T O / (1 + r)^t + sum_(m L < T) K / (1 + r)^(m L) - R / (1 + r)^T"
"""Of an item that is built at the start and bears no tax; else see `netplan.report.terms.present_value`."""
RULES = {
    "target": "sum_(i in C) w_i thin (b_i + sum_j s_(i j)) >= tau_C sum_(i in C) w_i",
    "share": "sum_j s_(i j) <= 1 - b_i, quad s_(i j) <= m_(i j) thin z_j",
    "capacity": "sum_i u_(i j) thin s_(i j) <= q_j thin z_j",
    "site": "z_j <= y_(k(j)), quad x_e <= y_k",
    "flow": "sum_(e in delta^-(v)) f_e - sum_(e in delta^+(v)) f_e = sum_(j at v) sum_i d_i thin s_(i j), "
    "quad abs(f_e) <= q_e thin x_e",
}
"""Rule -> formula in Typst's notation. `at` is a word of the language, set upright."""
GAP = '"{gap}" = ("{cost}" - "{limit}") / "{cost}"'
"""The words in it are the language's own."""
SIZES = ("demand", "options", "sites", "edges", "service", "rows", "columns", "nonzeros", "dropped")


def method(context: Context) -> Section:
    """One page on how the plan was found."""
    words = context.words
    objective = Section(
        "objective",
        words("method.objective"),
        (
            Formula(OBJECTIVE, words("method.objective_alt"), words("method.objective_text")),
            *_present_value(context),
        ),
    )
    rules: list[Block] = []
    for key, notation in RULES.items():
        alt, text = words(f"method.rule_{key}_alt"), words(f"method.rule_{key}")
        rules.append(Formula(notation.replace(" at ", f' "{words("method.at")}" '), alt, text))
    rules.append(Paragraph(words("method.rule_limits")))
    rules.append(Paragraph(words("method.symbols"), "small"))
    parts = [objective, *_terms(context), Section("rules", words("method.rules"), tuple(rules)), _proof(context)]
    for key in ("physics", "check"):
        parts.append(Section(key, words(f"method.{key}"), (Paragraph(words(f"method.{key}_text")),)))
    return Section("method", words("method.title"), (Paragraph(words("method.intro")),), tuple(parts))


def _gap(context: Context) -> str:
    return GAP.format(**{key: context.words(f"method.gap_words.{key}") for key in ("gap", "cost", "limit")})


def _present_value(context: Context) -> tuple[Block, ...]:
    """The formula of an item's present value, with what the plan's terms add to it."""
    words, terms = context.words, terms_of(context.plan)
    if terms.plain:
        return (Formula(PRESENT_VALUE, words("method.npv_alt"), words("method.npv_text")),)
    there = {"rollout": terms.rollout, "growth": terms.growth, "taxes": terms.taxes, "profit_tax": terms.profit_tax}
    alt = words.semicolon.join(
        [words("method.npv_alt"), *(words(f"terms.alt.{key}") for key, found in there.items() if found)]
    )
    return (
        Paragraph(words("method.npv_text_terms")),
        Formula(present_value(terms), alt),
        Paragraph(symbols(words, terms) + ".", "small"),
    )


def _terms(context: Context) -> list[Section]:
    """Rates, roll-out and taxes that the present value counts; none where none of them is stated."""
    words, items = context.words, stated(context.words, terms_of(context.plan))
    if not items:
        return []
    said = figures(words, [context.plan])
    blocks: tuple[Block, ...] = (Bullets(tuple(items)), *((Paragraph(said),) if said else ()))
    return [Section("terms", words("terms.title"), blocks)]


def _proof(context: Context) -> Section:
    words, numbers, summary = context.words, context.numbers, context.plan.summary
    blocks: list[Block] = [Formula(_gap(context), words("method.gap_alt"), words("method.proof_text"))]
    stages = summary.get("stages") or ()
    if len(stages) > 1:
        items = tuple(
            Item(
                words(
                    "method.stages",
                    objective=stage.get("objective"),
                    value=numbers.digits(stage.get("value"), 4),
                    bound=numbers.digits(stage.get("bound"), 4),
                    gap=numbers.proven(stage.get("gap")),
                )
            )
            for stage in stages
        )
        blocks.append(Bullets(items))
    seconds = (summary.get("seconds") or {}).get("planner")
    if seconds is not None:
        by = words.name("method.stopped", str(summary.get("stopped_by") or "–"))
        blocks.append(Paragraph(words("method.seconds", seconds=numbers.fixed(seconds), by=by)))
    size = _size(context)
    if size:
        blocks.append(Paragraph(words("method.size_text", list=words.listed(size))))
    return Section("proof", words("method.proof"), tuple(blocks))


def _size(context: Context) -> list[str]:
    """The problem's sizes, as many as the summary states."""
    words, problem = context.words, context.plan.summary.get("problem") or {}
    values = {key: context.plan.dropped if key == "dropped" else problem.get(key) for key in SIZES}
    return [
        words(f"method.size.{key}", n=context.numbers.fixed(float(value)))
        for key, value in values.items()
        if value is not None
    ]
