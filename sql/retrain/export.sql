-- Purpose: write a model's trees and vocabularies to Cloud Storage.
-- Inputs: a model, and the gs:// folder that it is written to (`uri`).
-- Cost: nothing: exporting is free, what lies in Cloud Storage is not.
EXPORT MODEL ${model}
OPTIONS (URI = ${uri})
