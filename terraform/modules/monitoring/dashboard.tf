# One page that says how the system is.

locals {
  _charts = {
    "1 Decisions a second, by answer" = {
      filter  = local._requests
      aligner = "ALIGN_RATE"
      reducer = "REDUCE_SUM"
      group   = ["metric.label.response_code_class"]
    }
    "2 Latency at the 99th percentile, ms" = {
      filter  = local._latencies
      aligner = "ALIGN_PERCENTILE_99"
      reducer = "REDUCE_MAX"
      group   = []
    }
    "3 Instances of score" = {
      filter  = local._instances
      aligner = "ALIGN_MAX"
      reducer = "REDUCE_SUM"
      group   = ["metric.label.state"]
    }
    "4 Decided by policy alone" = {
      filter  = local._counted["policy_only"]
      aligner = "ALIGN_SUM"
      reducer = "REDUCE_SUM"
      group   = ["metric.label.portfolio", "metric.label.why"]
    }
    "5 Age of the oldest undelivered decision, s" = {
      filter  = local._levels["decisions-late"].filter
      aligner = "ALIGN_MAX"
      reducer = "REDUCE_SUM"
      group   = []
    }
    "6 Retrainings, by what became of them" = {
      filter  = local._counted["retrained"]
      aligner = "ALIGN_SUM"
      reducer = "REDUCE_SUM"
      group   = ["metric.label.portfolio", "metric.label.promotion"]
    }
    "7 Alerts, by what they are about" = {
      filter  = local._counted["alerts"]
      aligner = "ALIGN_SUM"
      reducer = "REDUCE_SUM"
      group   = ["metric.label.portfolio", "metric.label.kind"]
    }
  }

  _instances = join(" AND ", [
    local._score,
    "metric.type=\"run.googleapis.com/container/instance_count\"",
  ])
}

resource "google_monitoring_dashboard" "this" {
  project = var.project_id

  dashboard_json = jsonencode({
    displayName = "Credit decisions"
    gridLayout = {
      columns = "2"
      widgets = [
        for title, chart in local._charts : {
          title = substr(title, 2, -1)
          xyChart = {
            dataSets = [{
              plotType = "LINE"
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter = chart.filter
                  aggregation = {
                    alignmentPeriod    = "60s"
                    perSeriesAligner   = chart.aligner
                    crossSeriesReducer = chart.reducer
                    groupByFields      = chart.group
                  }
                }
              }
            }]
          }
        }
      ]
    }
  })
}
