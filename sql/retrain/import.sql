-- Purpose: bring the converted model back into the warehouse, to be run by BigQuery's own ONNX Runtime.
-- Inputs: the model to make, and the gs:// address of the ONNX file (`uri`).
-- Cost: none; BigQuery reads the file with the rights of whoever runs this.
CREATE OR REPLACE MODEL ${model}
OPTIONS (
  MODEL_TYPE = 'ONNX',
  MODEL_PATH = ${uri}
)
