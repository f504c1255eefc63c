/**
 * A model folder with random weights and a vocabulary learned from the corpus: what a run starts from where no pretrained model is at hand.
 *
 * It is an ordinary Hugging Face folder, so that nothing behind it knows the difference.
 */
import { parseModelConfig } from '../checkpoint/config.ts';
import { writeModelFolder } from '../checkpoint/write-model-folder.ts';
import { initialValues } from '../nn/initialize.ts';
import { bertClassifierTraining } from '../nn/bert.ts';
import { gpt2Training } from '../nn/gpt2.ts';
import { specificationsOf } from '../nn/model.ts';
import { trainByteLevelBpe, trainWordPiece } from '../text/vocabulary-training.ts';

export interface RandomModelOptions {
  readonly kind: 'gpt2' | 'bert';
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly vocabulary: number;
  /** Positions of the model. */
  readonly maxLength: number;
  /** What the vocabulary is learned from. */
  readonly texts: readonly string[];
  readonly seed: number;
}

/** Writes the folder. @throws UserError when the width does not divide into the heads. */
export async function writeRandomModel(folder: string, options: RandomModelOptions): Promise<void> {
  const { kind, layers, hiddenSize, heads, vocabulary, maxLength, texts, seed } = options;
  const tokenizer =
    kind === 'gpt2'
      ? trainByteLevelBpe(texts, { vocabularySize: vocabulary })
      : trainWordPiece(texts, { vocabularySize: vocabulary, lowercase: true });
  const rawConfig =
    kind === 'gpt2'
      ? {
          model_type: 'gpt2',
          architectures: ['GPT2LMHeadModel'],
          n_layer: layers,
          n_embd: hiddenSize,
          n_head: heads,
          n_positions: maxLength,
          vocab_size: tokenizer.vocabularySize,
          bos_token_id: tokenizer.endOfText,
          eos_token_id: tokenizer.endOfText,
        }
      : {
          model_type: 'bert',
          architectures: ['BertForSequenceClassification'],
          num_hidden_layers: layers,
          hidden_size: hiddenSize,
          num_attention_heads: heads,
          intermediate_size: 4 * hiddenSize,
          max_position_embeddings: maxLength,
          vocab_size: tokenizer.vocabularySize,
          pad_token_id: tokenizer.pad,
        };
  const config = parseModelConfig(rawConfig, `a random ${kind}`);
  const CLASSES = 2;
  const { graph } = config.model_type === 'gpt2' ? gpt2Training(config) : bertClassifierTraining(config, CLASSES);
  const tensors = specificationsOf(graph).map((specification) => ({
    ...specification,
    data: () => Promise.resolve(initialValues(specification, config, seed)),
  }));
  await writeModelFolder(folder, { config: rawConfig, tensors, tokenizer });
}
