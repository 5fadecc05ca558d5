-- Purpose: write a model's trees and vocabularies to Cloud Storage.
-- Inputs: a model, and the gs:// folder that it is written to (`uri`).
EXPORT MODEL ${model}
OPTIONS (URI = ${uri})
