"""Every phrase that the pictures of a comparison say, in every language they can say it in.

All languages of a phrase hold the same places for values. Names that come from the data are shown as they are.
"""

from __future__ import annotations

from netplan.language import languages

PHRASES: dict[str, dict[str, str]] = {
    # sums
    "unknown_sum": {"en": "an unknown sum", "fr": "une somme inconnue"},
    "billion": {"en": "{value} billion", "fr": "{value} milliards"},
    "million": {"en": "{value} million", "fr": "{value} millions"},
    "million_of": {"en": "million {currency}", "fr": "millions de {currency}"},
    # the saving in words
    "no_saving": {"en": "{b} against {a}: no saving can be given, one of them has no plan.",
                  "fr": "{b} face à {a} : aucune économie à indiquer, l’un des deux n’a pas de plan."},
    "exactly_alike": {"en": "{b} costs exactly what {a} costs; both are proven.",
                      "fr": "{b} coûte exactement autant que {a} ; les deux sont prouvés."},
    "costs_same": {"en": "{b} costs the same as {a}", "fr": "{b} coûte autant que {a}"},
    "saves": {"en": "{b} saves {value}{share} against {a}", "fr": "{b} économise {value}{share} par rapport à {a}"},
    "costs_more": {"en": "{b} costs more by {value}{share} against {a}",
                   "fr": "{b} coûte {value}{share} de plus que {a}"},
    "costs_less": {"en": "{b} costs less by {value}{share} against {a}",
                   "fr": "{b} coûte {value}{share} de moins que {a}"},
    "unlike": {"en": "{head}, but the two do not ask for the same ({what}): that is no saving.",
               "fr": "{head}, mais les deux ne demandent pas la même chose ({what}) : ce n’est pas une économie."},
    "not_like_for_like": {"en": "{head}, but the two do not ask for the same ({what}): "
                                "the costs are not like for like.",
                          "fr": "{head}, mais les deux ne demandent pas la même chose ({what}) : "
                                "les coûts ne sont pas comparables."},
    "asked_area": {"en": "area", "fr": "zone"},
    "asked_market_share": {"en": "share of the market", "fr": "part de marché"},
    "asked_targets": {"en": "targets", "fr": "objectifs"},
    "asked_service": {"en": "service", "fr": "service"},
    "asked_community": {"en": "service at shared places", "fr": "service aux lieux partagés"},
    "asked_demand": {"en": "demand", "fr": "demande"},
    "asked_budget": {"en": "budget", "fr": "budget"},
    "asked_operators": {"en": "operators", "fr": "opérateurs"},
    "asked_operators_alone": {"en": "the way operators are planned alone",
                              "fr": "planification de chaque opérateur seul"},
    "asked_economics": {"en": "economic settings", "fr": "paramètres économiques"},
    "exactly": {"en": "{head}; this is proven.", "fr": "{head} ; cela est prouvé."},
    "unproven": {"en": "{head}; without a bound of both plans nothing is proven about it.",
                 "fr": "{head} ; sans borne des deux plans, rien n’en est prouvé."},
    "interval": {"en": "between {low} and {high}{shares}", "fr": "entre {low} et {high}{shares}"},
    "shares": {"en": " ({low} to {high})", "fr": " ({low} à {high})"},
    "indistinct": {
        "en": "{head}, but the two are not distinguishable: the true saving is proven only to lie {interval}.",
        "fr": "{head}, mais les deux ne se distinguent pas : il est seulement prouvé que la vraie économie se situe"
              " {interval}."},
    "proven": {"en": "{head}; whatever the least-cost plans are, the saving is proven to lie {interval}.",
               "fr": "{head} ; quels que soient les plans les moins chers, il est prouvé que l’économie se situe"
                     " {interval}."},
    # plans that cost the same
    "alike_opens_nothing": {"en": "{b} opens nothing that {a} does not open.",
                            "fr": "{b} n’ouvre rien que {a} n’ouvre pas."},
    "alike_used": {"en": "{b} makes use of {list} and saves nothing by it: what that spares, it costs.",
                   "fr": "{b} se sert de {list} et n’y économise rien : ce que cela épargne, cela le coûte."},
    "alike_unused_proven": {
        "en": "Nothing of what {b} opens is in use in its plan, and it is proven that none of it would make a plan"
              " cheaper.",
        "fr": "Rien de ce que {b} ouvre ne sert dans son plan, et il est prouvé que rien n’en rendrait un plan moins"
              " cher."},
    "alike_unused": {
        "en": "Nothing of what {b} opens is in use in its plan; whether any of it would pay is not proven.",
        "fr": "Rien de ce que {b} ouvre ne sert dans son plan ; il n’est pas prouvé que rien n’en vaudrait la peine."},
    # within a budget
    "serves_more": {
        "en": "Within the same sum of {sum}, {b} serves {served} people and facilities, {value} more than {a}"
              " ({other})",
        "fr": "Pour la même somme de {sum}, {b} dessert {served} personnes et lieux, soit {value} de plus que {a}"
              " ({other})"},
    "serves_fewer": {
        "en": "Within the same sum of {sum}, {b} serves {served} people and facilities, {value} fewer than {a}"
              " ({other})",
        "fr": "Pour la même somme de {sum}, {b} dessert {served} personnes et lieux, soit {value} de moins que {a}"
              " ({other})"},
    "serves_as_many": {
        "en": "Within the same sum of {sum}, {b} serves as many people and facilities as {a} ({other})",
        "fr": "Pour la même somme de {sum}, {b} dessert autant de personnes et de lieux que {a} ({other})"},
    "serves_more_apart": {
        "en": "{b} serves {served} people and facilities within {sum}, {value} more than {a} ({other} within {sum_a}):"
              " the sums differ",
        "fr": "{b} dessert {served} personnes et lieux pour {sum}, soit {value} de plus que {a} ({other} pour"
              " {sum_a}) : les sommes diffèrent"},
    "serves_fewer_apart": {
        "en": "{b} serves {served} people and facilities within {sum}, {value} fewer than {a} ({other} within {sum_a}):"
              " the sums differ",
        "fr": "{b} dessert {served} personnes et lieux pour {sum}, soit {value} de moins que {a} ({other} pour"
              " {sum_a}) : les sommes diffèrent"},
    "serves_as_many_apart": {
        "en": "{b} serves as many people and facilities within {sum} as {a} ({other} within {sum_a}): the sums differ",
        "fr": "{b} dessert pour {sum} autant de personnes et de lieux que {a} ({other} pour {sum_a}) : les sommes"
              " diffèrent"},
    "served": {"en": "{value} served", "fr": "{value} desservis"},
    "spends_less": {"en": ", and spends {value} less of it", "fr": ", et en dépense {value} de moins"},
    "spends_more": {"en": ", and spends {value} more of it", "fr": ", et en dépense {value} de plus"},
    "served_unproven": {"en": "{head}; without a bound of both plans nothing is proven about it.",
                        "fr": "{head} ; sans borne des deux plans, rien n’en est prouvé."},
    "served_proven": {
        "en": "{head}; whatever the best plans are, the difference is proven to lie between {low} and {high}.",
        "fr": "{head} ; quels que soient les meilleurs plans, il est prouvé que la différence se situe entre {low} et"
              " {high}."},
    "served_indistinct": {
        "en": "{head}, but the two are not distinguishable: the true difference is proven only to lie between {low} and"
              " {high}.",
        "fr": "{head}, mais les deux ne se distinguent pas : il est seulement prouvé que la vraie différence se situe"
              " entre {low} et {high}."},
    # the sheet
    "title": {"en": "{name}: {count} scenarios compared", "fr": "{name} : {count} scénarios comparés"},
    "data": {"en": "Data: {list}. ", "fr": "Données : {list}. "},
    "drawn": {"en": "Drawn by netplan from the written plans of {date}.",
              "fr": "Dessiné par netplan d’après les plans écrits du {date}."},
    "site": {"en": "site", "fr": "site"},
    "pop": {"en": "point of presence (PoP)", "fr": "point de présence (PoP)"},
    "not_served": {"en": "not served (stronger: more people)", "fr": "non desservi (plus fort : plus d’habitants)"},
    "not_at_shared": {"en": "not served at a shared place (stronger: more people)",
                      "fr": "non desservi par un lieu partagé (plus fort : plus d’habitants)"},
    "cost_axis": {"en": "Net present cost by category, {unit} (black whisker: proven bound to cost)",
                  "fr": "Coût actualisé par poste, {unit} (moustache noire : de la borne prouvée au coût)"},
    "cost_access": {"en": "access equipment", "fr": "équipements d’accès"},
    "cost_backhaul": {"en": "backhaul", "fr": "collecte"},
    "cost_co-benefit": {"en": "leaks heard", "fr": "fuites entendues"},
    "cost_payments-between-operators": {"en": "payments between operators (off)",
                                        "fr": "versements entre opérateurs (déduits)"},
    "cost_power": {"en": "power", "fr": "énergie"},
    "cost_premises": {"en": "premises", "fr": "locaux"},
    "cost_site-operation": {"en": "site operation", "fr": "exploitation des sites"},
    "cost_distribution": {"en": "cable to homes", "fr": "câble jusqu’aux foyers"},
    "cost_rent": {"en": "rents", "fr": "loyers"},
    "cost_utility-fee": {"en": "fees to utilities", "fr": "redevances"},
    "cost_coordination": {"en": "agreements on sharing", "fr": "accords de partage"},
    "cost_spectrum": {"en": "spectrum fees", "fr": "redevances de spectre"},
    "cost_licence": {"en": "spectrum held", "fr": "spectre détenu"},
    "cost_structure": {"en": "masts and poles", "fr": "pylônes et mâts"},
    # the tornado
    "colon": {"en": ": ", "fr": " : "},
    "tornado": {"en": "{scenario} against {reference}: saving {saving} by the plans found",
                "fr": "{scenario} face à {reference} : économie {saving} selon les plans trouvés"},
    "tornado_apart": {
        "en": "{scenario} against {reference}, which do not ask for the same: difference of the costs {saving}",
        "fr": "{scenario} face à {reference}, qui ne demandent pas la même chose : différence des coûts {saving}"},
    "tornado_note": {"en": "each input moved over its range alone, both plans as they stand",
                     "fr": "chaque donnée déplacée seule sur sa plage, les deux plans inchangés"},
    "tornado_budget": {"en": "{scenario}: costs {cost} of its budget of {budget} (dashed)",
                       "fr": "{scenario} : coûte {cost} sur un budget de {budget} (tirets)"},
    "tornado_budget_note": {"en": "each input moved over its range alone, the plan as it stands",
                            "fr": "chaque donnée déplacée seule sur sa plage, le plan inchangé"},
    "budget_axis": {"en": "cost of the plan, {unit} (present value)", "fr": "coût du plan, {unit} (valeur actualisée)"},
    "all_ends": {"en": "all prices at once, each at its low end (blue) or high end (orange)",
                 "fr": "tous les prix à la fois, chacun au bout bas (bleu) ou haut (orange)"},
    "saving_axis": {"en": "saving, {unit} (present value)", "fr": "économie, {unit} (valeur actualisée)"},
    "apart_axis": {"en": "difference of the costs, {unit} (present value)",
                   "fr": "différence des coûts, {unit} (valeur actualisée)"},
    "at_low": {"en": "at the low value", "fr": "à la valeur basse"},
    "at_high": {"en": "at the high value", "fr": "à la valeur haute"},
    "all_prices": {"en": "all prices at once, each at its worse end (blue) or better end (orange)",
                   "fr": "tous les prix à la fois, chacun au pire bout (bleu) ou au meilleur (orange)"},
}  # fmt: skip
LANGUAGES = languages(PHRASES)
ENGLISH = LANGUAGES["en"]
