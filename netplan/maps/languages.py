"""Every phrase that a map says, in every language it can say it in: the one place to add a language.

A phrase may hold named places for values, e.g. `{count}`; all languages of a phrase hold the same ones. A phrase that
counts has a form for one and one for more, parted by `|`: `{n} link|{n} links`.
Names that come from the data or the catalogue are shown as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

PHRASES: dict[str, dict[str, str]] = {
    # titles of kinds
    "title_plan": {"en": "{name} — {scenario}", "fr": "{name} — {scenario}"},
    "title_coverage": {"en": "Coverage: download rate", "fr": "Couverture : débit descendant"},
    "title_server": {"en": "Coverage: best server", "fr": "Couverture : meilleur serveur"},
    "title_signal": {"en": "Coverage: received signal", "fr": "Couverture : signal reçu"},
    "title_people": {"en": "Who is served, and who is not", "fr": "Qui est desservi, et qui ne l’est pas"},
    "title_before_after": {"en": "Today and with the plan", "fr": "Aujourd’hui et avec le plan"},
    "title_backhaul": {"en": "Backhaul: medium and capacity", "fr": "Collecte : support et capacité"},
    "title_load": {"en": "Backhaul: load and bottlenecks", "fr": "Collecte : charge et goulets d’étranglement"},
    "title_cost": {"en": "Cost per person served", "fr": "Coût par personne desservie"},
    "title_scenarios": {"en": "{count} scenarios side by side", "fr": "{count} scénarios côte à côte"},
    "title_difference": {"en": "What {scenario} changes against {reference}",
                         "fr": "Ce que {scenario} change par rapport à {reference}"},
    "title_waterfall": {"en": "From {reference} to {scenario}: what changes the cost",
                        "fr": "De {reference} à {scenario} : ce qui change le coût"},
    "title_waterfall_levers": {"en": "What each way of sharing saves against {reference}",
                               "fr": "Ce que chaque partage fait économiser par rapport à {reference}"},
    "title_frontier": {"en": "Least cost against coverage", "fr": "Coût minimal selon la couverture"},
    # headline
    "no_plan": {"en": "No plan: {status}", "fr": "Pas de plan : {status}"},
    "status_unknown": {"en": "status unknown", "fr": "état inconnu"},
    "npv": {"en": "Net present cost {cost}", "fr": "Coût actualisé {cost}"},
    "over_years": {"en": " over {years} years", "fr": " sur {years} ans"},
    "prices_of": {"en": ", {year} prices", "fr": ", prix de {year}"},
    "no_bound": {"en": "no proven bound on the least cost", "fr": "aucune borne prouvée du coût minimal"},
    "optimal": {"en": "proven optimal: no cheaper plan exists for these inputs",
                "fr": "optimum prouvé : aucun plan moins cher n’existe pour ces données"},
    "within": {"en": "proven within {gap} of the least possible cost (none below {bound})",
               "fr": "prouvé à moins de {gap} du coût minimal possible (aucun sous {bound})"},
    "goal": {"en": " (target {target})", "fr": " (cible {target})"},
    "goal_missed": {"en": " (target {target}, missed)", "fr": " (cible {target}, manquée)"},
    "served_list": {"en": "Served: {list}", "fr": "Desservis : {list}"},
    "no_targets": {"en": "No targets stated", "fr": "Aucune cible fixée"},
    "short_of": {"en": " · targets cannot be met: short of {list}",
                 "fr": " · cibles hors d’atteinte : il manque {list}"},
    "billion": {"en": "{value} billion", "fr": "{value} milliards"},
    "million": {"en": "{value} million", "fr": "{value} millions"},
    # footer
    "assumed": {"en": "Assumed, not surveyed: {list}.", "fr": "Hypothèses, non relevées : {list}."},
    "more_assumed": {"en": "… and {count} further assumptions, listed in summary.json",
                     "fr": "… et {count} autres hypothèses, listées dans summary.json"},
    "pops_assumed": {"en": "positions of the points of presence (PoPs) are assumed",
                     "fr": "les positions des points de présence (PoP) sont supposées"},
    "sites_assumed": {"en": "{n} site in this plan at an assumed (crowd-sourced) position"
                            "|{n} sites in this plan at assumed (crowd-sourced) positions",
                      "fr": "{n} site de ce plan à une position supposée (collaborative)"
                            "|{n} sites de ce plan à des positions supposées (collaboratives)"},
    "masts_assumed": {"en": "masts at assumed (crowd-sourced) positions",
                      "fr": "pylônes à des positions supposées (collaboratives)"},
    "data": {"en": "Data: {list}", "fr": "Données : {list}"},
    "plan_of": {"en": "Plan of {date} · {crs} · drawn by netplan from the written plan",
                "fr": "Plan du {date} · {crs} · dessiné par netplan d’après le plan écrit"},
    "locator_credit": {"en": "Locator map: Natural Earth; its borders imply no opinion on any territory",
                       "fr": "Carte de situation : Natural Earth ; ses frontières n’expriment aucune opinion"},
    "no_glyphs": {"en": "Names in {scripts} are left out: no font here has those letters (install a Noto Sans font)",
                  "fr": "Noms en {scripts} omis : aucune police ici n’a ces lettres (installer une police Noto Sans)"},
    # legend headings and units
    "access": {"en": "Access", "fr": "Accès"},
    "units_people": {"en": "units · people", "fr": "unités · personnes"},
    "by_class": {"en": "Served by class", "fr": "Desservis par classe"},
    "with_today_of": {"en": "with plan · today · of", "fr": "plan · actuel · total"},
    "sites": {"en": "Sites", "fr": "Sites"},
    "number": {"en": "number", "fr": "nombre"},
    "links": {"en": "Links", "fr": "Liaisons"},
    "km": {"en": "km", "fr": "km"},
    "colon": {"en": ": ", "fr": " : "},
    "west": {"en": "W", "fr": "O"},
    "radio_hops": {"en": "Microwave radio hops", "fr": "Faisceaux hertziens"},
    "n_links": {"en": "{n} link|{n} links", "fr": "{n} liaison|{n} liaisons"},
    "places_ground": {"en": "Places and ground", "fr": "Lieux et fond"},
    "none": {"en": "none", "fr": "aucun"},
    "and_more": {"en": "… and {count} more", "fr": "… et {count} de plus"},
    "served_today": {"en": "served today", "fr": "desservis aujourd’hui"},
    "served": {"en": "served", "fr": "desservis"},
    "partly": {"en": "partly served: people left out", "fr": "desservis en partie : personnes exclues"},
    "unserved": {"en": "people not served", "fr": "personnes non desservies"},
    "assumed_positions": {"en": "* positions assumed", "fr": "* positions supposées"},
    "satellite_backhaul": {"en": "backhaul by satellite", "fr": "collecte par satellite"},
    "pop": {"en": "point of presence (PoP)", "fr": "point de présence (PoP)"},
    "grouped": {"en": "circle: sites grouped, area by number", "fr": "cercle : sites groupés, aire selon le nombre"},
    "not_stated": {"en": "not stated", "fr": "non précisé"},
    "place_unserved": {"en": "place not served", "fr": "lieu non desservi"},
    "area": {"en": "planning area", "fr": "zone d’étude"},
    "water": {"en": "water", "fr": "eau"},
    "no_sites": {"en": "no new sites", "fr": "pas de nouveau site"},
    "roads": {"en": "main roads", "fr": "routes principales"},
    "tint": {"en": "Stronger tint: more people per km²", "fr": "Teinte plus forte : plus d’habitants au km²"},
    # coverage
    "rate": {"en": "Download rate, Mbit/s", "fr": "Débit descendant, Mbit/s"},
    "km2_people": {"en": "km² · people", "fr": "km² · personnes"},
    "and_above": {"en": "{low} and above", "fr": "{low} et plus"},
    "from_to": {"en": "{low} to {high}", "fr": "{low} à {high}"},
    "below": {"en": "below {high}", "fr": "moins de {high}"},
    "no_coverage": {"en": "no coverage from the ground", "fr": "sans couverture terrestre"},
    "rate_note": {"en": "Rate of a sector at full airtime, outdoors planning; satellites are left out.",
                  "fr": "Débit d’un secteur au temps d’antenne plein ; satellites exclus."},
    "signal": {"en": "Median received power, dBm", "fr": "Puissance médiane reçue, dBm"},
    "signal_note": {"en": "At the terminal of the technology, antennas and entry loss counted, margins left out.",
                    "fr": "Au terminal de la technologie, antennes et pertes d’entrée comptées, sans marges."},
    "server": {"en": "Best server by technology", "fr": "Meilleur serveur par technologie"},
    "server_km2": {"en": "areas · km²", "fr": "zones · km²"},
    "server_note": {"en": "Each tint is the area of one site; neighbours differ.",
                    "fr": "Chaque teinte est la zone d’un site ; les voisines diffèrent."},
    # people
    "people": {"en": "People", "fr": "Habitants"},
    "people_then": {"en": "today · then", "fr": "auj. · après"},
    "today": {"en": "Today", "fr": "Aujourd’hui"},
    "with_plan": {"en": "With the plan", "fr": "Avec le plan"},
    "share_served": {"en": "Served share of people", "fr": "Part desservie des habitants"},
    "all_served": {"en": "all", "fr": "tous"},
    "none_served": {"en": "nobody", "fr": "personne"},
    "circles": {"en": "People left out (circle area)", "fr": "Personnes exclues (aire du cercle)"},
    "still_out": {"en": "{n} person ({share}) stays without the service."
                        "|{n} people ({share}) stay without the service.",
                  "fr": "{n} personne ({share}) reste sans le service."
                        "|{n} personnes ({share}) restent sans le service."},
    "newly": {"en": "{n} person gains the service.|{n} people gain the service.",
              "fr": "{n} personne gagne le service.|{n} personnes gagnent le service."},
    "shared_place": {"en": "Served means here: a shared place in reach (public hotspot, school hub), not at home.",
                     "fr": "Desservi veut dire ici un lieu partagé à portée (point d’accès public, école), pas au"
                           " domicile."},
    "class_urban": {"en": "urban", "fr": "urbain"},
    "class_rural": {"en": "rural", "fr": "rural"},
    "class_schools": {"en": "schools", "fr": "écoles"},
    "class_clinics": {"en": "clinics", "fr": "centres de santé"},
    "class_community_urban": {"en": "urban, shared place", "fr": "urbain, lieu partagé"},
    "class_community_rural": {"en": "rural, shared place", "fr": "rural, lieu partagé"},
    "served_of": {"en": "{share} of {people} people", "fr": "{share} de {people} personnes"},
    # backhaul
    "medium": {"en": "Medium", "fr": "Support"},
    "km_links": {"en": "km · links", "fr": "km · liaisons"},
    "capacity": {"en": "Capacity, Mbit/s (width)", "fr": "Capacité, Mbit/s (largeur)"},
    "unlimited": {"en": "no limit in the plan (fibre)", "fr": "sans limite dans le plan (fibre)"},
    "load": {"en": "Load as a share of capacity", "fr": "Charge en part de la capacité"},
    "traffic": {"en": "Width: busy-hour traffic", "fr": "Largeur : trafic à l’heure chargée"},
    "fullest": {"en": "Fullest links", "fr": "Liaisons les plus chargées"},
    "load_of": {"en": "Mbit/s · load", "fr": "Mbit/s · charge"},
    "site_load": {"en": "Sites by fullest equipment", "fr": "Sites selon l’équipement le plus chargé"},
    "carried": {"en": "{load} Mbit/s in the busy hour over {links} and {km} km; {full}.",
                "fr": "{load} Mbit/s à l’heure chargée sur {links} et {km} km ; {full}."},
    "no_links": {"en": "{load} Mbit/s in the busy hour; no link leads from a site to another or to a PoP.",
                 "fr": "{load} Mbit/s à l’heure chargée ; aucune liaison ne mène d’un site à un autre ou à un PoP."},
    "full_links": {"en": "{n} link is above 90 % of its capacity|{n} links are above 90 % of their capacity",
                   "fr": "{n} liaison dépasse 90 % de sa capacité|{n} liaisons dépassent 90 % de leur capacité"},
    "none_full": {"en": "none is above 90 % of its capacity", "fr": "aucune ne dépasse 90 % de sa capacité"},
    "site_by_backhaul": {"en": "Sites by backhaul", "fr": "Sites selon la collecte"},
    "backhaul_fibre": {"en": "fibre", "fr": "fibre"},
    "backhaul_microwave": {"en": "microwave", "fr": "faisceau hertzien"},
    "backhaul_satellite": {"en": "satellite", "fr": "satellite"},
    "no_backhaul": {"en": "none needed", "fr": "aucune"},
    # cost
    "cost_person": {"en": "{currency} per person, present value", "fr": "{currency} par personne, valeur actualisée"},
    "people_sum": {"en": "people · {currency}", "fr": "personnes · {currency}"},
    "cost_mean": {"en": "{cost} per person served on average (places included: {all}); half of the people cost less"
                        " than {median}, the dearest tenth more than {high}.",
                  "fr": "{cost} par personne desservie en moyenne (lieux compris : {all}) ; la moitié coûte moins de"
                        " {median}, le dixième le plus cher plus de {high}."},
    "cost_note": {"en": "Premises at their own cost; equipment, sites and links shared by the traffic they carry.",
                  "fr": "Locaux à leur propre coût ; équipements, sites et liaisons partagés selon le trafic porté."},
    "not_by_plan": {"en": "not served by the plan", "fr": "non desservi par le plan"},
    # scenarios
    "cost": {"en": "net present cost", "fr": "coût actualisé"},
    "proven_gap": {"en": "proven within", "fr": "prouvé à"},
    "sites_line": {"en": "{n} site · {km} km of cable · {hops} km of radio hops"
                         "|{n} sites · {km} km of cable · {hops} km of radio hops",
                   "fr": "{n} site · {km} km de câble · {hops} km de faisceaux"
                         "|{n} sites · {km} km de câble · {hops} km de faisceaux"},
    "people_served": {"en": "{n} person served ({share})|{n} people served ({share})",
                      "fr": "{n} personne desservie ({share})|{n} personnes desservies ({share})"},
    "operators_alone": {"en": "{n} operator with a network of its own|{n} operators, each with a network of its own",
                        "fr": "{n} opérateur avec son propre réseau|{n} opérateurs, chacun avec son propre réseau"},
    "no_bound_short": {"en": "no proven bound", "fr": "sans borne prouvée"},
    "cable_hops": {"en": "km of cable · of hops", "fr": "km de câble · de faisceaux"},
    "only_in": {"en": "only in {scenario}", "fr": "seulement dans {scenario}"},
    "in_both": {"en": "in both", "fr": "dans les deux"},
    "gains": {"en": "served only in {scenario}", "fr": "desservis seulement dans {scenario}"},
    "other_tech": {"en": "served by another technology", "fr": "desservis par une autre technologie"},
    "same": {"en": "served alike", "fr": "desservis de même"},
    "neither": {"en": "served in neither", "fr": "desservis dans aucun"},
    "saving": {"en": "{scenario} costs {value} less than {reference} ({share})",
               "fr": "{scenario} coûte {value} de moins que {reference} ({share})"},
    "equal": {"en": "{scenario} costs the same as {reference}",
              "fr": "{scenario} coûte autant que {reference}"},
    "dearer": {"en": "{scenario} costs {value} more than {reference} ({share})",
               "fr": "{scenario} coûte {value} de plus que {reference} ({share})"},
    "interval": {"en": "; the true difference is proven to lie between {low} and {high}",
                 "fr": " ; la vraie différence est prouvée entre {low} et {high}"},
    "proven_sum": {"en": "; this is proven", "fr": " ; cela est prouvé"},
    "not_told": {"en": ": the two are not distinguishable", "fr": " : les deux ne se distinguent pas"},
    "unproven": {"en": "; nothing is proven about it", "fr": " ; rien n’en est prouvé"},
    # charts
    "cost_access": {"en": "access", "fr": "accès"},
    "cost_backhaul": {"en": "backhaul", "fr": "collecte"},
    "cost_co-benefit": {"en": "leaks heard", "fr": "fuites entendues"},
    "cost_power": {"en": "power", "fr": "énergie"},
    "cost_premises": {"en": "premises", "fr": "locaux"},
    "cost_site-operation": {"en": "site operation", "fr": "exploitation des sites"},
    "cost_structure": {"en": "structures", "fr": "pylônes et mâts"},
    "million_of": {"en": "million {currency}", "fr": "millions de {currency}"},
    "thousand_of": {"en": "thousand {currency}", "fr": "milliers de {currency}"},
    "npv_axis": {"en": "Net present cost, {unit}", "fr": "Coût actualisé, {unit}"},
    "broken_axis": {"en": " (the axis does not start at zero)", "fr": " (l’axe ne commence pas à zéro)"},
    "left_to_right": {"en": "{what}, left to right", "fr": "{what}, de gauche à droite"},
    "coverage_axis": {"en": "Served share of people, %", "fr": "Part desservie des habitants, %"},
    "plan_cost": {"en": "cost of the plan found", "fr": "coût du plan trouvé"},
    "bound": {"en": "proven bound: no plan can cost less", "fr": "borne prouvée : aucun plan ne peut coûter moins"},
    "between": {"en": "the least cost lies here", "fr": "le coût minimal se trouve ici"},
    "whisker": {"en": "Whisker: proven interval.", "fr": "Moustache : intervalle prouvé."},
    "not_significant": {"en": "Pale: smaller than its interval, so not distinguishable.",
                        "fr": "Pâle : plus petit que son intervalle, donc indiscernable."},
    "marginal": {"en": "The last step costs {cost} per further person served.",
                 "fr": "Le dernier pas coûte {cost} par personne de plus."},
}  # fmt: skip


@dataclass(frozen=True)
class Language:
    """One language: its code, its signs in numbers, and its phrases."""

    code: str = "en"
    thousands: str = ","
    decimal: str = "."

    def say(self, key: str, **values: object) -> str:
        """A phrase with its values filled in."""
        return PHRASES[key][self.code].format(**values)

    def count(self, key: str, number: float, shown: str = "", **values: object) -> str:
        """A phrase that counts, in the form for this number, rounded: `1 link`, `1,204 links`; `shown` in its place."""
        one, _, more = PHRASES[key][self.code].partition("|")
        whole = round(number)
        return (one if self.singular(whole) else more).format(n=shown or self.figures(f"{whole:,}"), **values)

    def singular(self, number: int) -> bool:
        """Whether a number takes the form for one: in French, none does too."""
        return abs(number) < 2 if self.code == "fr" else abs(number) == 1

    def word(self, kind: str, key: str) -> str:
        """A word of the contract, such as a category of cost, in this language; as it is where it has no phrase."""
        phrase = PHRASES.get(f"{kind}_{key}")
        return key.replace("-", " ") if phrase is None else phrase[self.code]

    def figures(self, text: str) -> str:
        """A number formatted the English way, with this language's signs."""
        if self.thousands == "," and self.decimal == ".":
            return text
        return text.replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)


ENGLISH = Language()
LANGUAGES = {"en": ENGLISH, "fr": Language("fr", "\u202f", ",")}
