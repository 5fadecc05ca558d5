"""The same decision as a FastAPI service with XGBoost, written as such services are: the rival of rival.ts.

Validation by pydantic from the contract, features as sql/bnpl/features.sql has them, XGBoost on one
thread, calibration, cut-offs; contributions and reasons of what is not approved. It knows no rules,
limits or offers. What `/recorded` decides Pub/Sub has acknowledged before it is answered, by a call a
decision: Debian has gRPC, and not Google's client. RIVAL names a JSON file: contract, model, inputs,
default_class, calibration, cut_offs, reasons, topic.
"""
import datetime
import json
import math
import os
import uuid
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
CUT_OFFS = SETTINGS["cut_offs"]


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


def outcome_of(pd):
    if pd >= CUT_OFFS["decline_from"]:
        return "decline"
    return "review" if pd >= CUT_OFFS["review_from"] else "approve"


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
    outcome = outcome_of(pd)
    answer = {
        "application_id": application.transaction_id,
        "outcome": outcome,
        "probability_of_default": pd,
        "reasons": [] if outcome == "approve" else reasons_of(rows),
    }
    return answer, rows


@app.post("/decisions")
async def decide(application: Application):
    return decided(application)[0]


@app.post("/recorded")
async def decide_and_record(application: Application, request: Request):
    answer, rows = decided(application)
    features = dict(zip(INPUTS, (None if math.isnan(x) else x for x in rows[0].tolist())))
    event = {
        **answer,
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
                "probability_of_default": float(pd),
                "outcome": outcome_of(pd),
            }
            for one, pd in zip(request.applications, pds_of(rows))
        ]
    }
