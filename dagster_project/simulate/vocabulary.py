"""The words that the sample company's systems use, and the seeds under `seeds/` translate.

Stages, sources, campaign types and their statuses, roles, loss reasons. A test holds that the seeds know every one.
"""

from __future__ import annotations

from dataclasses import dataclass

from dagster_project.simulate.frames import NULL

SEGMENTS = ("Enterprise", "Mid-Market")
TERRITORIES = ("AMER", "EMEA")
INDUSTRIES = ("Software", "Manufacturing", "Logistics", "Health", "Retail", "Energy", "Education", "Insurance")
CURRENCIES = ("USD", "EUR", "GBP")

# What is true of an opportunity; an index into this tuple is its true source.
FUNCTIONS = ("outbound_ae", "outbound_sdr", "marketing_inbound", "product_led", "partner", "expansion")
OUTBOUND_AE, OUTBOUND_SDR, MARKETING, PRODUCT_LED, PARTNER, EXPANSION = range(6)


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline; `days` is the mean of working days spent in it."""

    name: str
    probability: int
    forecast: str
    days: float
    is_open: bool = True
    is_won: bool = False


STAGES = (
    Stage("Prospecting", 5, "Omitted", 7),
    Stage("Discovery", 10, "Pipeline", 10),
    Stage("Qualification", 20, "Pipeline", 11),
    Stage("Sales Accepted", 35, "Pipeline", 21),
    Stage("Proposal", 55, "Best Case", 24),
    Stage("Negotiation", 75, "Commit", 18),
    Stage("Closed Won", 100, "Closed", 0, is_open=False, is_won=True),
    Stage("Closed Lost", 0, "Omitted", 8, is_open=False),
)
PROSPECTING, DISCOVERY, QUALIFICATION, ACCEPTED, PROPOSAL, NEGOTIATION, WON, LOST = range(8)
# ForecastCategory by ForecastCategoryName.
FORECAST_NAMES = {
    "Omitted": "Omitted",
    "Pipeline": "Pipeline",
    "Best Case": "BestCase",
    "Commit": "Forecast",
    "Closed": "Closed",
}

# What people write into LeadSource, by true source, with how often.
SOURCES = (
    "Outbound - AE", "Self-Generated", "Outbound - SDR", "Cold Call", "Event Follow-up",
    "Web", "Webinar", "Trade Show", "Paid Search", "Content", "Email", "Free Trial",
    "Partner Referral", "Reseller", "Existing Customer",
)  # fmt: skip
SOURCE_NUMBER = {name: number for number, name in enumerate(SOURCES)}
MIGRATED_FROM = SOURCE_NUMBER["Event Follow-up"]
MIGRATED_TO = SOURCE_NUMBER["Trade Show"]
CLAIMS: dict[int, dict[str, float]] = {
    OUTBOUND_AE: {"Outbound - AE": 0.7, "Self-Generated": 0.3},
    OUTBOUND_SDR: {"Outbound - SDR": 0.75, "Cold Call": 0.25},
    MARKETING: {"Web": 1.0},
    PRODUCT_LED: {"Free Trial": 1.0},
    PARTNER: {"Partner Referral": 0.7, "Reseller": 0.3},
    EXPANSION: {"Existing Customer": 1.0},
}


@dataclass(frozen=True)
class CampaignType:
    """A kind of campaign and the statuses its members get.

    `quiet` is no sign of interest, `interest` is a material touch, `hand_raise` asks to be spoken to; '' where the kind
    has none. `budget` is the mean cost per quarter in USD, `claim` the LeadSource that its hand-raises are given.
    """

    name: str
    budget: int
    quiet: str
    interest: str
    hand_raise: str
    claim: str


CAMPAIGN_TYPES = (
    CampaignType("Webinar", 9_000, "Invited", "Attended", "Responded", "Webinar"),
    CampaignType("Trade Show", 42_000, "Invited", "Visited Booth", "", "Trade Show"),
    CampaignType("Paid Search", 36_000, "", "Clicked", "Form Submitted", "Paid Search"),
    CampaignType("Content", 14_000, "Sent", "Downloaded", "Requested Contact", "Content"),
    CampaignType("Email", 6_000, "Sent", "Clicked", "Responded", "Email"),
    CampaignType("Direct Mail", 8_000, "Sent", "", "Responded", "Email"),
    CampaignType("Website", 11_000, "", "Viewed Pricing", "Requested Demo", "Web"),
    CampaignType("Free Trial", 7_000, "", "", "Started Trial", "Free Trial"),
    CampaignType("Partner", 12_000, "Sent", "", "Referred", "Partner Referral"),
)
TRADE_SHOW = 1
FREE_TRIAL = 7
PARTNER_CAMPAIGN = 8
MARKETING_HAND_RAISES = (0, 2, 3, 4, 5, 6)
HAND_RAISE_WEIGHTS = (0.15, 0.25, 0.15, 0.1, 0.05, 0.3)
INTEREST_TYPES = (0, 1, 2, 3, 4, 6)
INTEREST_WEIGHTS = (0.2, 0.15, 0.2, 0.2, 0.15, 0.1)

# Pages of the web site by how often they are visited, and the page of each campaign type's own (NULL: none).
PAGES = ("home", "product", "pricing", "blog", "webinars", "trial", "contact", "download")
PAGE_WEIGHTS = (0.26, 0.2, 0.12, 0.22, 0.07, 0.03, 0.04, 0.06)
CAMPAIGN_PAGES = (NULL, NULL, 1, 7, NULL, NULL, 2, 5, NULL)
# Links of an e-mail, in order.
LINKS = ("read", "register", "unsubscribe")

LOSS_REASONS = (
    "Price", "Lost to Competitor", "No Decision", "No Budget", "Timing", "Missing Feature", "Not a Fit",
    "Not a Real Project", "Unresponsive", "Duplicate",
)  # fmt: skip
NO_DECISION, NOT_REAL, UNRESPONSIVE = 2, 7, 8
LOSS_WEIGHTS_EARLY = (0.05, 0.08, 0.2, 0.17, 0.15, 0.05, 0.2, 0.02, 0.08, 0.0)
LOSS_WEIGHTS_LATE = (0.24, 0.26, 0.16, 0.12, 0.1, 0.1, 0.02, 0.0, 0.0, 0.0)

NEXT_STEPS = (
    "Book discovery call", "Send recap and agree on needs", "Confirm budget and timing", "Meet the buying group",
    "Send proposal", "Legal review of the contract", "Security questionnaire", "Call with procurement",
)  # fmt: skip
COMPETITORS = ("", "", "Brightline", "Castellan", "Orvo")
CONTACT_ROLES = ("Decision Maker", "Economic Buyer", "Evaluator", "Influencer", "Business User", "Executive Sponsor")

# Raw names of UserRole, by role; {team} is the team's name.
ROLE_NAMES = {
    "ae": "Account Executive {team}",
    "sdr": "Sales Development {team}",
    "am": "Account Manager",
    "manager": "Regional Sales Manager",
    "vp": "VP Sales",
    "marketing": "Marketing Manager",
    "partner_manager": "Partner Manager",
    "ops": "Revenue Operations",
    "system": "Integration",
}
