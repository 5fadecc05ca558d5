output "dataset_id" {
  description = "The dataset, once it exists."
  value       = google_bigquery_dataset.this.dataset_id
}

output "table_ids" {
  description = "Its tables by name, once they exist."
  value = {
    for name, table in google_bigquery_table.this : name => table.table_id
  }
}
