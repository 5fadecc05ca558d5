output "dataset_id" {
  description = "The dataset, once it exists."
  value       = google_bigquery_dataset.this.dataset_id
}
