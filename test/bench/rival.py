"""The same decision as a FastAPI service with XGBoost, written as such services are: the rival of rival.ts.

Validation by pydantic from the contract, features as sql/bnpl/features.sql has them, XGBoost on one
thread, calibration; rules and limits as sql/bnpl/policy.sql has them, cut-offs, what a plan is
expected to cost, counter-offers, all candidates in one batch; contributions and reasons where the
probability of default asks for an adverse outcome. Columns that cannot be known it does not have.
What `/recorded` decides Pub/Sub has acknowledged before it is answered, by a call a decision: Debian
has gRPC, and not Google's client. RIVAL names a JSON file: contract, model, inputs, default_class,
calibration, policy, reasons, topic.
"""
import datetime
import json
import math
import os
import uuid
from types import SimpleNamespace
from typing import List, Literal, Optional

import grpc
import numpy
import xgboost
from fastapi import FastAPI, Request
from pydantic import Extra, confloat, conint, conlist, constr, create_model

with open(os.environ["RIVAL"], encoding="utf-8") as file:
    SETTINGS = json.load(file)
BOOSTER = xgboost.Booster({"nthread": 1}, model_file=SETTINGS["model"])
INPUTS = SETTINGS["inputs"]
PLACES = {name: place for place, name in enumerate(INPUTS)}
REASONS = [
    (reason["code"], [PLACES[name] for name in reason["features"]]) for reason in SETTINGS["reasons"]
]
BAD = SETTINGS["default_class"]
CALIBRATION = SETTINGS["calibration"]
POLICY = SETTINGS["policy"]
OFFERS = POLICY["counter_offers"]
PROPERTIES = SETTINGS["contract"]["properties"]


def type_of(field):
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    if "enum" in field:
        return Literal[tuple(field["enum"])]
    if "format" in field:
        return datetime.datetime if field["format"] == "date-time" else datetime.date
    if "maxLength" in field:
        return constr(strict=True, max_length=field["maxLength"], regex=field.get("pattern"))
    if "minimum" in field:
        number = conint if kinds[0] == "integer" else confloat
        return number(ge=field["minimum"], le=field["maximum"])
    return bool


def application_model(contract):
    fields = {}
    for name, field in contract["properties"].items():
        if field.get("readOnly"):
            continue
        required = name in contract["required"] and not isinstance(field["type"], list)
        # A leading underscore is private to pydantic.
        attribute = name.lstrip("_")
        fields[attribute] = (type_of(field), ...) if required else (Optional[type_of(field)], None)
    class Config:
        extra = Extra.forbid
        fields = {name.lstrip("_"): name for name in contract["properties"]}
    return create_model("Application", __config__=Config, **fields)


Application = application_model(SETTINGS["contract"])
INCOME = {"<25k": 18000, "25k-50k": 37000, "50k-75k": 62000, "75k-100k": 87000}
CREDIT = {"poor": 0, "fair": 1, "good": 2}
VERIFICATION = {"unverified": 0, "partial": 1}
ADDRESS = {"frequent_mover": 0, "new": 1}
RISK = {"low": 0, "medium": 1}


def features_of(a):
    financed = a.amount - a.first_payment_amount
    income = INCOME.get(a.customer_income_bracket, 130000)
    bad = a.account_payments_late + a.account_payments_missed
    payments = a.account_payments_on_time + bad
    owed = a.account_outstanding_amount + financed
    time = a.timestamp.astimezone(datetime.timezone.utc)
    last_late, last_checkout = a.account_days_since_last_late, a.account_days_since_last_checkout
    return {
        "amount": a.amount,
        "installment_count": a.installment_count,
        "amount_to_limit": a.amount / a.payment_credit_limit,
        "installment_amount": financed / a.installment_count,
        "installment_to_income": 26 * financed / a.installment_count / income,
        "open_plans": a.account_open_plans,
        "outstanding_amount": a.account_outstanding_amount,
        "exposure_to_limit": owed / a.payment_credit_limit,
        "exposure_to_income": owed / income,
        "checkouts_last_30_days": a.account_checkouts_last_30_days,
        "amount_last_30_days": a.account_amount_last_30_days,
        "recent_spend_to_income": a.account_amount_last_30_days / income,
        "plans_completed": a.account_plans_completed,
        "payments_on_time": a.account_payments_on_time,
        "payments_late": a.account_payments_late,
        "payments_missed": a.account_payments_missed,
        "bad_payment_share": bad / payments if payments else 0,
        "bad_payment_rate": (bad + 0.5) / (payments + 8),
        "days_since_last_late": 9999 if last_late is None else last_late,
        "days_since_last_checkout": 9999 if last_checkout is None else last_checkout,
        "is_first_checkout": int(last_checkout is None),
        "risk_score": a.risk_score,
        "credit_score_rank": CREDIT.get(a.customer_credit_score_range, 3),
        "verification_rank": VERIFICATION.get(a.customer_verification_level, 2),
        "address_rank": ADDRESS.get(a.customer_address_stability, 2),
        "yearly_income": income,
        "tenure_days": a.customer_tenure_days,
        "product_risk_rank": RISK.get(a.product_risk_category, 2),
        "is_electronics": int(a.product_category == "electronics"),
        "device_is_trusted": int(a.device_is_trusted),
        "is_mobile": int(a.device_type == "mobile"),
        "is_impulse": int(a.risk_scenario == "impulse_purchase"),
        "is_stretched": int(a.risk_scenario == "credit_stretched"),
        "is_high_risk_behavior": int(a.risk_scenario == "high_risk_behavior"),
        "credit_utilization": a.credit_utilization or 0,
        "price_comparison_time": a.price_comparison_time,
        "time_on_site_seconds": a.time_on_site_seconds,
        "cart_abandonment_count": a.cart_abandonment_count,
        "economic_stress_factor": a.economic_stress_factor,
        "is_night": int(time.hour >= 22 or time.hour < 6),
        "is_holiday_season": int(time.month >= 11),
    }


def row_of(application):
    features = features_of(application)
    return [math.nan if features[name] is None else features[name] for name in INPUTS]


def pds_of(rows):
    margins = BOOSTER.inplace_predict(rows, predict_type="margin")
    margin = margins[:, BAD] - margins[:, 1 - BAD]
    return 1 / (1 + numpy.exp(-(CALIBRATION["slope"] * margin + CALIBRATION["intercept"])))


def figures_of(a):
    """The columns of policy.sql."""
    financed = max(a.amount - a.first_payment_amount, 0)
    exposure = a.account_outstanding_amount + financed
    last_late, count = a.account_days_since_last_late, a.installment_count
    return {
        "over_credit_limit": a.amount > a.payment_credit_limit,
        "too_many_plans": a.account_open_plans >= 6,
        "recently_missed": a.account_payments_missed >= 3 and last_late is not None and last_late < 90,
        "unverified_large": a.customer_verification_level == "unverified" and a.amount > 300,
        "new_customer": a.account_plans_completed == 0,
        "exposure_amount": exposure,
        "exposure_to_limit": exposure / a.payment_credit_limit,
        "amount": a.amount,
        "financed_amount": financed,
        "plan_days": 14 * (count - 1),
        "average_outstanding": financed * count / (2 * (count - 1)),
    }


# Rules that look at a term, which an offer may change.
CURABLE_RULES = {"over_credit_limit", "unverified_large"}


def holds(row, figures, pd):
    when = row.get("when") or {}
    return (
        all(figures[name] for name in when.get("segments", ()))
        and all(figures[name] >= bound for name, bound in when.get("at_least", {}).items())
        and all(figures[name] < bound for name, bound in when.get("below", {}).items())
        and pd >= row.get("pd_at_least", 0)
    )


def found(rule, kind, hit, figure=None, threshold=None):
    state = "hit" if hit else "not_hit"
    return {"rule": rule, "kind": kind, "state": state, "figure": figure, "threshold": threshold}


def ruling_of(figures, pd):
    """The outcome, what asks for it (kind, name, reason), and what was found of every rule."""
    rules, claims = [], []
    for name, rule in POLICY["rules"].items():
        rules.append(found(name, "rule", figures[name]))
        if figures[name]:
            claims.append((rule["outcome"], "rule", name, rule["reason"]["code"]))
    for name, limit in POLICY["limits"].items():
        most = next(row["limit"] for row in limit["at_most"] if holds(row, figures, pd))
        figure = figures[limit["figure"]]
        rules.append(found(name, "limit", figure > most, figure, most))
        if figure > most:
            claims.append((limit["outcome"], "limit", name, limit["reason"]["code"]))
    cut_off = next(row for row in POLICY["cut_offs"] if holds(row, figures, pd))
    for outcome, start, end in (
        ("review", cut_off["review_from"], cut_off["decline_from"]),
        ("decline", cut_off["decline_from"], math.inf),
    ):
        name, hit = f"{cut_off['name']}.{outcome}", start <= pd < end
        rules.append(found(name, "band", hit, pd, start))
        if hit:
            claims.append((outcome, "band", name, None))
    rules.append(found("new_customer", "segment", figures["new_customer"]))
    asked = {claim[0] for claim in claims}
    outcome = "decline" if "decline" in asked else "review" if asked else "approve"
    return outcome, [claim for claim in claims if claim[0] == outcome], rules


def expectation_of(figures, pd):
    terms = POLICY["economics"]
    loss = pd * terms["loss_given_default"] * figures[terms["exposure_at_default"]]
    funding = terms["funding"]
    interest = figures[funding["of"]] * funding["rate_a_year"] * figures[funding["days"]] / 365
    income = figures[terms["merchant_fee"]["of"]] * terms["merchant_fee"]["share"]
    income += (1 - pd) * terms["customer_fee"]
    return {"expected_loss": loss, "expected_profit": income - loss - interest - terms["cost_per_plan"]}


def rounded_down(value, step):
    parts = round(1 / step) if step < 1 else None
    multiples = math.floor((value * parts if parts else value / step) + 1e-9)
    return multiples / parts if parts else multiples * step


def choices_of(application, change):
    """What a change can make of the application: fields with their new values."""
    field = change["field"]
    asked = getattr(application, field)
    if "values" in change:
        offers = change["values"]
    else:
        shares = (rounded_down(asked * share, change["multiple_of"]) for share in change["shares"])
        offers = dict.fromkeys(offer for offer in shares if offer >= change["at_least"])
    for offered in offers:
        if offered >= asked:
            continue
        fields = {field: offered}
        for scale in change.get("scales", ()):
            value = getattr(application, scale["field"])
            if value:
                scaled = value * (offered / asked)
                derived = scale.get("derived")
                fields[scale["field"]] = scaled if derived else rounded_down(scaled, scale["multiple_of"])
        if all(PROPERTIES[n]["minimum"] <= x <= PROPERTIES[n]["maximum"] for n, x in fields.items()):
            yield fields


def offer_of(application, outcome, claims):
    """The largest amount that would be approved, of equals with the fewest changes."""
    if outcome not in OFFERS["instead_of"]:
        return None
    if any(kind == "rule" and name not in CURABLE_RULES for _, kind, name, _ in claims):
        return None
    candidates = [(0, {})]
    for change in OFFERS["changes"]:
        choices = list(choices_of(application, change))
        candidates = [
            one
            for count, fields in candidates
            for one in [(count, fields), *((count + 1, {**fields, **more}) for more in choices)]
        ]
    candidates = [
        (count, fields, SimpleNamespace(**{**application.__dict__, **fields}))
        for count, fields in candidates
        if count > 0
    ]
    if not candidates:
        return None
    rows = numpy.array([row_of(changed) for _, _, changed in candidates], dtype=numpy.float32)
    best = None
    for (count, fields, changed), pd in zip(candidates, pds_of(rows).tolist()):
        worth = (changed.amount, -count)
        if best and worth <= best["worth"]:
            continue
        figures = figures_of(changed)
        if ruling_of(figures, min(pd + 1e-6, 1))[0] != "approve":
            continue
        best = {"worth": worth, "fields": fields, "pd": pd, **expectation_of(figures, pd)}
    if best is None:
        return None
    del best["worth"]
    return {**best, "tried": len(candidates)}


def reasons_of(rows):
    parts = BOOSTER.predict(xgboost.DMatrix(rows), pred_contribs=True)[0]
    added = parts[BAD] - parts[1 - BAD]
    weights = sorted(((sum(added[i] for i in places), code) for code, places in REASONS), reverse=True)
    return [code for weight, code in weights[:4] if weight > 0]


def field_of(number, content):
    """A length-delimited field of protobuf."""
    size, length = b"", len(content)
    while length > 127:
        size += bytes([length & 127 | 128])
        length >>= 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content


class Topic:
    """Publishes to SETTINGS["topic"] at PUBSUB_EMULATOR_HOST."""

    def __init__(self):
        channel = grpc.aio.insecure_channel(os.environ["PUBSUB_EMULATOR_HOST"])
        self.call = channel.unary_unary("/google.pubsub.v1.Publisher/Publish")
        self.name = field_of(1, SETTINGS["topic"].encode())

    async def publish(self, data):
        await self.call(self.name + field_of(2, field_of(1, data)), timeout=2)


app = FastAPI()


@app.on_event("startup")
async def connect():
    app.state.topic = Topic()


def decided(application):
    rows = numpy.array([row_of(application)], dtype=numpy.float32)
    pd = float(pds_of(rows)[0])
    figures = figures_of(application)
    outcome, claims, rules = ruling_of(figures, pd)
    offer = offer_of(application, outcome, claims)
    reasons = [reason for _, _, _, reason in claims if reason]
    if any(kind == "band" for _, kind, _, _ in claims):
        reasons += reasons_of(rows)
    answer = {
        "application_id": application.transaction_id,
        "outcome": "counter_offer" if offer else outcome,
        "probability_of_default": pd,
        "reasons": reasons[:4],
        "counter_offer": offer and offer["fields"],
    }
    return answer, rows, {"rules": rules, "offer": offer, **expectation_of(figures, pd)}


@app.post("/decisions")
async def decide(application: Application):
    return decided(application)[0]


@app.post("/recorded")
async def decide_and_record(application: Application, request: Request):
    answer, rows, record = decided(application)
    features = dict(zip(INPUTS, (None if math.isnan(x) else x for x in rows[0].tolist())))
    event = {
        **answer,
        **record,
        "decision_id": str(uuid.uuid4()),
        "decided_at": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "request": await request.json(),
        "features": features,
    }
    await app.state.topic.publish(json.dumps(event).encode())
    return {"decision_id": event["decision_id"], **answer}


Applications = create_model("Applications", applications=(conlist(Application, min_items=1, max_items=100), ...))


@app.post("/scores")
async def score(request: Applications):
    rows = numpy.array([row_of(one) for one in request.applications], dtype=numpy.float32)
    return {
        "scores": [
            {
                "application_id": one.transaction_id,
                "probability_of_default": pd,
                "outcome": ruling_of(figures_of(one), pd)[0],
            }
            for one, pd in zip(request.applications, pds_of(rows).tolist())
        ]
    }
