# Alerts on what the jobs find amiss in the business, by kind. Each breach is a
# row of flit.alerts and a message as well; the functions keep quiet about one
# that they have told of, so each line of the log is news.

locals {
  _breaches = {
    breach-batch = {
      title    = "A batch was not scored whole"
      severity = "ERROR"
    }
    breach-data-quality = {
      title    = "Records are not as expected"
      severity = "WARNING"
    }
    breach-drift = {
      title    = "Applications or scores have drifted"
      severity = "WARNING"
    }
    breach-experiment = {
      title    = "An experiment is not what it should be"
      severity = "WARNING"
    }
    breach-fairness = {
      title    = "Groups are treated unequally"
      severity = "ERROR"
    }
    breach-job = {
      title    = "A job did not do its work"
      severity = "ERROR"
    }
    breach-kpi = {
      title    = "The business is not as expected"
      severity = "WARNING"
    }
    breach-performance = {
      title    = "A model does worse than it should"
      severity = "ERROR"
    }
  }

  _breach_events = {
    for name, breach in local._breaches : name => merge(breach, {
      filter = join(" AND ", [
        local._counted["alerts"],
        join("", [
          "metric.label.kind=\"",
          replace(trimprefix(name, "breach-"), "-", "_"),
          "\"",
        ]),
      ])
      group_by = ["metric.label.portfolio", "metric.label.level"]
    })
  }
}
