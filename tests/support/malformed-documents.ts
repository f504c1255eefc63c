/** Malformed corpora of documents. */
import { append, cases, cutAt, latin1, LONG, put, whole, without, type MalformedCorpus } from './malformed.ts';

const BILLION_LAUGHS =
  '<?xml version="1.0"?><!DOCTYPE collection [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>\n<collection>&c;</collection>';
const EXTERNAL_ENTITY =
  '<?xml version="1.0"?><!DOCTYPE document [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<document id="d">&x;</document>';
export const MALFORMED_DOCUMENTS: readonly MalformedCorpus[] = [
  ...cases(
    'pubtator',
    ['an empty file', whole(''), 'corpus.txt: the corpus is empty'],
    ['Latin-1', whole(latin1('1|t|A\n1|a|Sjögren\n')), 'corpus.txt:2: the text is not UTF-8'],
    ['UTF-16', whole(Buffer.from('\uFEFF1|t|A\n1|a|B\n', 'utf16le')), 'corpus.txt: the text is UTF-16, not UTF-8'],
    [
      'binary data',
      whole(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0x80, 0xff])),
      'corpus.txt:1: the text is not UTF-8',
    ],
    ['a gigantic line', append(LONG), 'corpus.txt:11: the line is longer than 16777216 characters'],
    ['prose', append('See above.'), 'corpus.txt:11: neither a title, an abstract, a mention nor a relation'],
    ['an abstract without a title', append('9|a|Alone.'), 'corpus.txt:11: abstract of 9 without its title'],
    ['a title without an abstract', append('9|t|Alone.'), 'corpus.txt:11: document 9 has a title but no abstract'],
    ['a document twice', append('1|t|Again.\n1|a|'), 'corpus.txt:11: document 1 was met at corpus.txt:1 already'],
    [
      'offsets beyond the text',
      put('15\t21', '15\t210'),
      'corpus.txt:4: end 210 lies beyond the text, which has 50 characters',
    ],
    ['offsets at other words', put('15\t21', '14\t20'), 'corpus.txt:4: offsets 14 to 20 hold " tremo", not "tremor"'],
    ['a start after the end', put('15\t21', '21\t15'), 'corpus.txt:4: start 21 is not before end 15'],
    [
      'a negative offset',
      put('0\t7', '-1\t7'),
      'corpus.txt:3: a mention needs whole numbers for start and end, not "-1" and "7"',
    ],
    [
      'offsets that are words',
      put('0\t7', 'zero\tseven'),
      'corpus.txt:3: a mention needs whole numbers for start and end, not "zero" and "seven"',
    ],
    [
      'offsets too large to be true',
      put('15\t21', '15\t99999999999999999999'),
      'corpus.txt:4: a mention needs whole numbers for start and end, not "15" and "99999999999999999999"',
    ],
    ['a mention without a type', put('\tChemical\t', '\t\t'), 'corpus.txt:3: a mention needs a type'],
    [
      'a mention of another document',
      put('1\t0\t7', '7\t0\t7'),
      'corpus.txt:3: annotation of document 7, but document 1 is open here',
    ],
    [
      'an annotation cut short',
      put('\tLithium\tChemical\tD008094', ''),
      'corpus.txt:3: neither a title, an abstract, a mention nor a relation',
    ],
    [
      'half a relation',
      put('CID\tD008094\tD014202', 'CID\tD008094\t'),
      'corpus.txt:5: a relation needs two concept ids',
    ],
    [
      'a relation with a concept that is not there',
      put('CID\tD008094', 'CID\tD999999'),
      '! unknown-concept 1 corpus.txt:5: a relation names D999999, which no mention has',
    ],
    [
      'a relation in other case',
      append('2\tcid\tD001241\tD020521'),
      '! label-case 1 corpus.txt:7: the relation "cid" is also written "CID"',
    ],
    [
      'a mention that cuts a letter from its accent',
      (content) => content.replace('caused tremor', 'caused tremo\u0301').replace('15\t21\ttremor', '15\t20\ttremo'),
      '! cut-character 1 corpus.txt:1: the mention "tremo" cuts a character in two',
    ],
  ),
  ...cases(
    'bioc',
    [
      'an element that is not closed',
      put('</passage>', ''),
      'corpus.xml:23: not well-formed XML: unexpected close tag',
    ],
    ['a file cut off', cutAt('D001241'), 'corpus.xml:32: not well-formed XML: unclosed tag: infon'],
    [
      'two root elements',
      append('<collection/>'),
      'corpus.xml:45: not well-formed XML: documents may contain only one root',
    ],
    [
      'another root element',
      whole('<corpus><document/></corpus>'),
      'corpus.xml:1: the outermost element is <corpus>, not <collection>',
    ],
    ['no documents', whole('<collection></collection>'), 'corpus.xml: the file holds no documents'],
    [
      'entities that expand each other',
      whole(BILLION_LAUGHS),
      'corpus.xml:1: the document type declaration declares entities',
    ],
    [
      'an entity that nobody declared',
      put('Lithium caused', '&lithium; caused'),
      'corpus.xml:8: not well-formed XML: undefined entity',
    ],
    ['an unquoted attribute', put('id="0"', 'id=0'), 'corpus.xml:9: not well-formed XML: unquoted attribute value'],
    [
      'a control character',
      put('two patients', 'twopatients'),
      'corpus.xml:8: not well-formed XML: disallowed character',
    ],
    [
      'elements too deep',
      put('<passage>', `<passage>${'<a>'.repeat(100)}`),
      'corpus.xml:5: elements lie more than 64 deep in each other',
    ],
    [
      'an element too large',
      put('Lithium caused', `${LONG}Lithium caused`),
      'corpus.xml:8: more than 16777216 characters belong to one element',
    ],
    [
      'Latin-1 under a declaration of Latin-1',
      whole(latin1('<?xml version="1.0" encoding="ISO-8859-1"?>\n<collection><source>é</source></collection>')),
      'corpus.xml:2: the text is not UTF-8',
    ],
    ['a document without an id', put('<id>1</id>', ''), 'corpus.xml:3: the document has no id'],
    ['a document twice', put('<id>2</id>', '<id>1</id>'), 'corpus.xml:24: document 1 was met at corpus.xml:3 already'],
    [
      'an annotation without a type',
      put('<infon key="type">Chemical</infon>', ''),
      'corpus.xml:9: an annotation needs a type',
    ],
    [
      'an annotation without a location',
      put('<location offset="0" length="7"/>', ''),
      'corpus.xml:9: an annotation needs a location',
    ],
    [
      'an offset that is a word',
      put('offset="0"', 'offset="none"'),
      'corpus.xml:12: an offset or length must be a whole number, not "none"',
    ],
    [
      'a location without a length',
      put(' length="7"', ''),
      'corpus.xml:12: an offset or length must be a whole number, not ""',
    ],
    [
      'a location before its passage',
      put('<offset>0</offset>', '<offset>9</offset>'),
      'corpus.xml:9: the annotation begins before its passage',
    ],
    [
      'offsets at other words',
      put('<location offset="0"', '<location offset="1"'),
      'corpus.xml:9: offsets 1 to 8 hold "ithium ", not "Lithium"',
    ],
    [
      'a passage without an offset',
      put('<offset>0</offset>', ''),
      'corpus.xml:5: an offset or length must be a whole number, not ""',
    ],
    [
      'a relation without a type',
      put('<infon key="relation">CID</infon>', ''),
      'corpus.xml:22: a relation needs a type',
    ],
    [
      'a relation of one side',
      put('<infon key="Disease">D014202</infon></relation>', '</relation>'),
      '! not-binary 1 corpus.xml:22: a relation of 1, not of two',
    ],
    [
      'a relation with a concept that is not there',
      put('<infon key="Disease">D014202</infon></relation>', '<infon key="Disease">D9</infon></relation>'),
      '! unknown-concept 1 corpus.xml:22: a relation names D9, which no mention has',
    ],
  ),
  ...cases(
    'ddi',
    ['broken XML', put('<pair', '<pair <'), 'a.xml:6: not well-formed XML: disallowed character in attribute name'],
    ['an entity of a file', whole(EXTERNAL_ENTITY), 'a.xml:1: the document type declaration declares entities'],
    ['no document', whole('<?xml version="1.0"?>\n'), '! file-not-read 1 a.xml: it is not ddi'],
    ['a document without an id', put('<document id="DDI.d1">', '<document>'), 'a.xml:2: <document> has no id'],
    [
      'a document twice',
      put('<document id="DDI.d1">', '<document id="DDI.d2">'),
      'b.xml:2: document DDI.d2 was met at a.xml:2 already',
    ],
    ['a sentence without text', put(' text="Lithium raised digoxin."', ''), 'a.xml:3: <sentence> has no text'],
    [
      'a duplicate attribute',
      put('type="drug"', 'type="drug" type="group"'),
      'a.xml:4: not well-formed XML: duplicate attribute: type',
    ],
    ['an entity without offsets', put('charOffset="0-6" ', ''), 'a.xml:4: <entity> has no charOffset'],
    ['offsets in another form', put('charOffset="0-6"', 'charOffset="0 7"'), 'a.xml:4: charOffset is "0 7"'],
    [
      'offsets beyond the sentence',
      put('charOffset="15-21"', 'charOffset="15-210"'),
      'a.xml:5: end 211 lies beyond the text, which has 23 characters',
    ],
    [
      'offsets at other words',
      put('charOffset="15-21"', 'charOffset="14-20"'),
      '! text-differs 1 a.xml:5: offsets 14 to 21 hold " digoxi", not "digoxin"',
    ],
    [
      'overlapping parts',
      put('charOffset="0-6"', 'charOffset="0-4;2-6"'),
      'a.xml:4: the parts of the mention are not in order',
    ],
    ['an entity twice', put('DDI.d1.s0.e1"', 'DDI.d1.s0.e0"'), 'a.xml:5: the entity DDI.d1.s0.e0 stands twice'],
    [
      'a pair with an entity that is not there',
      put('e2="DDI.d1.s0.e1"', 'e2="DDI.d1.s0.e7"'),
      '! unknown-mention 1 a.xml:6: the pair DDI.d1.s0.p0 names DDI.d1.s0.e7, which its sentence does not have',
    ],
    [
      'a pair with itself',
      put('e2="DDI.d1.s0.e1"', 'e2="DDI.d1.s0.e0"'),
      '! same-mention 1 a.xml:6: the pair DDI.d1.s0.p0 is of DDI.d1.s0.e0 with itself',
    ],
    ['a pair without a judgement', put('ddi="true" ', ''), 'a.xml:6: <pair> has no ddi'],
    ['a judgement in other words', put('ddi="true"', 'ddi="yes"'), 'a.xml:6: ddi is "yes"'],
    [
      'an interaction without a type',
      put(' type="effect"', ''),
      '! label-missing 1 a.xml:6: the pair DDI.d1.s0.p0 interacts but has no type',
    ],
  ),
  without('chemprot', 'x_entities.tsv', 'x_abstracts.tsv: the entities of this file are missing'),
  ...cases(
    'chemprot',
    [
      'an abstract without its columns',
      put('\tDone.', ''),
      'x_abstracts.tsv:1: not a document, a title and an abstract',
      'x_abstracts.tsv',
    ],
    [
      'a document twice',
      put('2\tAspirin', '1\tAspirin'),
      'x_abstracts.tsv:2: document 1 stands twice',
      'x_abstracts.tsv',
    ],
    [
      'an entity of a document that is not there',
      append('7\tT1\tCHEMICAL\t0\t1\tA'),
      '! unknown-document 1 x_entities.tsv:5: no abstract has the id "7"',
    ],
    ['an entity with too few columns', put('\tLithium', ''), 'x_entities.tsv:3: 5 columns, an entity has 6'],
    ['an entity without an id', put('1\tT1\tCHEMICAL', '1\t\tCHEMICAL'), 'x_entities.tsv:3: an entity needs an id'],
    [
      'an entity twice',
      append('1\tT1\tCHEMICAL\t0\t7\tLithium'),
      '! repeated-id 1 x_entities.tsv:5: the entity T1 stands twice in document 1',
    ],
    [
      'offsets that are no numbers',
      put('\t0\t7\tLithium', '\t0\t7.5\tLithium'),
      'x_entities.tsv:3: an entity needs whole numbers for start and end, not "0" and "7.5"',
    ],
    ['offsets at other words', put('17\t22', '16\t21'), 'x_entities.tsv:4: offsets 16 to 21 hold " GSK3", not "GSK3B"'],
    [
      'offsets beyond the text',
      put('17\t22', '17\t220'),
      'x_entities.tsv:4: end 220 lies beyond the text, which has 29 characters',
    ],
    [
      'Latin-1',
      whole(latin1('1\tT1\tCHEMICAL\t0\t7\tLithium\n1\tT2\tGENE\t1\t2\té\n')),
      'x_entities.tsv:2: the text is not UTF-8',
    ],
    ['a gigantic line', append(LONG), 'x_entities.tsv:5: the line is longer than 16777216 bytes'],
    [
      'a relation with an entity that is not there',
      put('1\tCPR:4\tY \tINHIBITOR\tArg1:T1', '1\tCPR:4\tY \tINHIBITOR\tArg1:T9'),
      '! unknown-mention 1 x_relations.tsv:2: a relation names T9, which is no entity of its document',
      'x_relations.tsv',
    ],
    [
      'a relation neither Y nor N',
      put('Y ', 'maybe'),
      'x_relations.tsv:2: "maybe" is neither Y nor N',
      'x_relations.tsv',
    ],
    [
      'a relation without arguments',
      put('Arg1:T1\tArg2:T2', 'T1\tT2'),
      'x_relations.tsv:1: a relation needs Arg1:… and Arg2:…',
      'x_relations.tsv',
    ],
    [
      'a relation without a group',
      put('CPR:4', ''),
      'x_relations.tsv:2: a relation needs a group such as CPR:3',
      'x_relations.tsv',
    ],
  ),
  without('brat', 'a.txt', 'a.ann: the text of these annotations is missing'),
  ...cases(
    'brat',
    ['another annotation format', whole('Lithium\tB-Drug\n'), '! file-not-read 1 a.ann: it is not brat'],
    ['a mention twice', append('T1\tDrug 0 7\tLithium'), 'a.ann:6: the mention T1 stands twice'],
    ['a mention without its text', put('\tLithium', ''), 'a.ann:1: a mention needs a type, offsets and its text'],
    [
      'offsets that are no numbers',
      put('Drug 0 7', 'Drug 0 x'),
      'a.ann:1: a mention needs a type, offsets and its text',
    ],
    [
      'offsets beyond the text',
      put('Disease 15 21', 'Disease 15 210'),
      'a.ann:2: end 210 lies beyond the text, which has 39 characters',
    ],
    [
      'offsets at other words',
      put('Disease 15 21', 'Disease 14 20'),
      'a.ann:2: offsets 14 to 20 hold " tremo", not "tremor"',
    ],
    [
      'parts out of order',
      put('Disease 15 21\ttremor', 'Disease 18 21;15 18\tmor tre'),
      'a.ann:2: the parts of the mention are not in order',
    ],
    ['half a relation', put(' Arg2:T2', ''), 'a.ann:3: a relation needs a type and two arguments'],
    [
      'a relation with a mention that is not there',
      put('Arg2:T2', 'Arg2:T9'),
      '! unknown-mention 1 a.ann:3: a relation names T9, which is no mention here',
    ],
    ['an event', append('E1\tTake:T1'), '! annotation-left-out 1 a.ann:6: events are not read'],
    [
      'a text that is not UTF-8',
      whole(latin1('Lithium caused tremor (Sjögren).')),
      'a.txt:1: the text is not UTF-8',
      'a.txt',
    ],
  ),
];
