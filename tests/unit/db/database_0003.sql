BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE case_events (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	person_id INTEGER, 
	kind VARCHAR(24) NOT NULL, 
	data JSON NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_case_events PRIMARY KEY (id), 
	CONSTRAINT fk_case_events_case_id_cases FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE, 
	CONSTRAINT fk_case_events_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_case_events_person_id_people FOREIGN KEY(person_id) REFERENCES people (id)
);
INSERT INTO "case_events" VALUES(1,1,1,NULL,'opened','{"category": "incitement", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(2,1,2,NULL,'opened','{"category": "slur", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(3,1,3,NULL,'opened','{"category": "animosity", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(4,1,4,NULL,'opened','{"category": "support_hate", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(5,1,5,NULL,'opened','{"category": "derogation", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(6,1,6,NULL,'opened','{"category": "dehumanisation", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(7,1,7,NULL,'opened','{"category": "incitement", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(8,1,8,NULL,'opened','{"category": "slur", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(9,1,9,NULL,'opened','{"category": "animosity", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(10,1,10,NULL,'opened','{"category": "support_hate", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(11,1,11,NULL,'opened','{"category": "derogation", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(12,1,12,NULL,'opened','{"category": "dehumanisation", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(13,1,13,NULL,'opened','{"category": "incitement", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(14,1,14,NULL,'opened','{"category": "slur", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(15,1,15,NULL,'opened','{"category": "animosity", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(16,1,16,NULL,'opened','{"category": "support_hate", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(17,1,17,NULL,'opened','{"category": "derogation", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(18,1,18,NULL,'opened','{"category": "dehumanisation", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(19,1,19,NULL,'opened','{"category": "incitement", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(20,1,20,NULL,'opened','{"category": "slur", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(21,1,21,NULL,'opened','{"category": "animosity", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(22,1,22,NULL,'opened','{"category": "support_hate", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(23,1,23,NULL,'opened','{"category": "derogation", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(24,1,24,NULL,'opened','{"category": "dehumanisation", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(25,1,1,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(26,1,6,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(27,1,2,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(28,1,3,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(29,1,8,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(30,1,7,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(31,1,4,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(32,1,5,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(33,1,9,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(34,1,10,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(35,1,25,NULL,'opened','{"category": "incitement", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(36,1,25,2,'claimed','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(37,1,25,2,'suggested','{"responses": ["en-migrants-1", "en-migrants-2", "en-migrants-3"], "abstained": false}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(38,1,25,2,'suggested','{"responses": ["en-migrants-4", "en-migrants-5", "en-migrants-6"], "abstained": false}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(39,1,25,2,'shown','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(40,1,25,2,'chosen','{"response": "en-migrants-4", "round": 2, "version": 1}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(41,1,25,2,'edited','{"version": 2, "ratio": 0.8462}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(42,1,26,NULL,'opened','{"category": "slur", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(43,1,26,1,'claimed','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(44,1,26,1,'suggested','{"responses": ["en-migrants-1", "en-migrants-2", "en-migrants-3"], "abstained": false}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(45,1,26,1,'chosen','{"response": "en-migrants-1", "round": 1, "version": 1}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(46,1,26,1,'confirmed','{"version": 1}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(47,1,26,1,'posted','{"version": 1}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(48,1,27,NULL,'opened','{"category": "animosity", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(49,1,27,1,'dismiss','{"back_to": "open", "holder": null}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(50,1,28,NULL,'opened','{"category": "threat", "severity": 3, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(51,1,29,NULL,'opened','{"category": "derogation", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(52,1,29,1,'escalate','{"back_to": "open", "holder": null}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(53,1,29,3,'closed','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(54,1,30,NULL,'opened','{"category": "dehumanisation", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(55,1,30,NULL,'withdrawn','{"why": "removed"}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(56,1,31,NULL,'opened','{"category": "none", "severity": 0, "score": 0.02}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(57,1,31,NULL,'reported','{"reporters": 1}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(58,1,31,3,'missed','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(59,1,31,4,'decision_confirmed','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(60,1,32,NULL,'opened','{"category": "derogation", "severity": 1, "score": 0.02}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(61,1,32,2,'claimed','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(62,1,24,NULL,'repeated','{"repeats": 2}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(63,1,33,NULL,'opened','{"category": "animosity", "severity": 2, "score": 0.93}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(64,1,33,1,'claimed','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(65,1,33,1,'suggested','{"responses": ["en-migrants-1", "en-migrants-2", "en-migrants-3"], "abstained": false}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(66,1,33,1,'chosen','{"response": "en-migrants-2", "round": 1, "version": 1}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(67,1,33,1,'confirmed','{"version": 1}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(68,1,28,NULL,'card_sent','{}','2026-03-01 12:00:00.000000');
INSERT INTO "case_events" VALUES(69,1,33,1,'post_failed','{"version": 1}','2026-03-01 13:00:00.000000');
INSERT INTO "case_events" VALUES(70,1,1,NULL,'purged','{}','2026-03-01 14:00:00.000000');
CREATE TABLE case_messages (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	room_id VARCHAR(255) NOT NULL, 
	message_id VARCHAR(255) NOT NULL, 
	removed BOOLEAN NOT NULL, 
	text_at DATETIME NOT NULL, 
	CONSTRAINT pk_case_messages PRIMARY KEY (id), 
	CONSTRAINT fk_case_messages_case_id_cases FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE, 
	CONSTRAINT fk_case_messages_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT uq_case_messages_organisation_id_channel_room_id_message_id UNIQUE (organisation_id, channel, room_id, message_id)
);
INSERT INTO "case_messages" VALUES(1,1,1,'test','!room','$m8',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(2,1,2,'test','!room','$m9',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(3,1,3,'test','!room','$m10',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(4,1,4,'test','!room','$m11',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(5,1,5,'test','!room','$m12',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(6,1,6,'test','!room','$m13',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(7,1,7,'test','!room','$m14',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(8,1,8,'test','!room','$m15',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(9,1,9,'test','!room','$m16',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(10,1,10,'test','!room','$m17',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(11,1,11,'test','!room','$m18',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(12,1,12,'test','!room','$m19',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(13,1,13,'test','!room','$m20',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(14,1,14,'test','!room','$m21',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(15,1,15,'test','!room','$m22',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(16,1,16,'test','!room','$m23',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(17,1,17,'test','!room','$m24',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(18,1,18,'test','!room','$m25',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(19,1,19,'test','!room','$m26',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(20,1,20,'test','!room','$m27',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(21,1,21,'test','!room','$m28',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(22,1,22,'test','!room','$m29',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(23,1,23,'test','!room','$m30',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(24,1,24,'test','!room','$m1',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(25,1,25,'test','!room','$m2',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(26,1,26,'test','!room','$m3',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(27,1,27,'test','!room','$m4',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(28,1,28,'test','!room','$m5',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(29,1,29,'test','!room','$m6',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(30,1,30,'test','!room','$m7',1,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(31,1,31,'test','!room','$r1',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(32,1,32,'test','!room','$m99',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(33,1,24,'test','!room','$m1b',0,'2026-03-01 12:00:00.000000');
INSERT INTO "case_messages" VALUES(34,1,33,'test','!room','$m40',0,'2026-03-01 12:00:00.000000');
CREATE TABLE cases (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	room_id VARCHAR(255) NOT NULL, 
	message_id VARCHAR(255) NOT NULL, 
	reply_to VARCHAR(255), 
	author VARCHAR(64) NOT NULL, 
	text TEXT, 
	text_digest VARCHAR(64), 
	status VARCHAR(16) NOT NULL, 
	version INTEGER NOT NULL, 
	hateful BOOLEAN NOT NULL, 
	category VARCHAR(24) NOT NULL, 
	severity INTEGER NOT NULL, 
	targets JSON NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	score FLOAT NOT NULL, 
	route VARCHAR(16) NOT NULL, 
	reasons JSON NOT NULL, 
	repeats INTEGER NOT NULL, 
	reporters JSON NOT NULL, 
	carded BOOLEAN NOT NULL, 
	card_ref VARCHAR(255), 
	claimed_by INTEGER, 
	claimed_at DATETIME, 
	claim_until DATETIME, 
	sent_at DATETIME NOT NULL, 
	received_at DATETIME NOT NULL, 
	opened_at DATETIME NOT NULL, 
	carded_at DATETIME, 
	closed_at DATETIME, 
	retain_until DATETIME NOT NULL, 
	CONSTRAINT pk_cases PRIMARY KEY (id), 
	CONSTRAINT fk_cases_claimed_by_people FOREIGN KEY(claimed_by) REFERENCES people (id), 
	CONSTRAINT fk_cases_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT uq_cases_organisation_id_channel_room_id_message_id UNIQUE (organisation_id, channel, room_id, message_id)
);
INSERT INTO "cases" VALUES(1,1,'test','!room','$m8',NULL,'76d8f8129059c97b601694e2548f1ca9',NULL,NULL,'withdrawn',2,1,'incitement',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "", "weight": 1.2, "start": null, "end": null}, {"kind": "target", "text": "", "weight": 0.0, "start": null, "end": null}, {"kind": "example", "text": "", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "", "weight": -0.1, "start": null, "end": null}, {"kind": "word", "text": "", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:1',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 14:00:00.000000','2026-02-01 00:00:00.000000');
INSERT INTO "cases" VALUES(2,1,'test','!room','$m9',NULL,'bc3b3244af29d8fa35eb816e1a04beaa','they are vermin 9','ad518750dcbf978704fc27760e179c35','open',1,1,'slur',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "slur", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of slurs", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "words of others that the message speaks against", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:2',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(3,1,'test','!room','$m10',NULL,'0af8b8f23731c1205237f7a36ae5b47f','they are vermin 10','649f5a1cc597cceeb6a4dfba46c099ab','open',1,1,'animosity',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "animosity", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of quoted and opposed", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "reports what somebody else said or did", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:3',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(4,1,'test','!room','$m11',NULL,'c7f3fae25bf49512decd1d7c5d2052fb','they are vermin 11','3bdde44c675078f81169506329549d02','open',1,1,'support_hate',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "support hate", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of reported, not meant", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "negated", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:4',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(5,1,'test','!room','$m12',NULL,'e82c3343e1e0dd8958885207a9a1195f','they are vermin 12','0f54b5546eeb77618755172448666630','open',1,1,'derogation',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "derogation", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of negated", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "words of others that the message speaks against", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:5',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(6,1,'test','!room','$m13',NULL,'23882f08f8f458bbb54649bfaa9c056e','they are vermin 13','a5754afb9ebab6ea21c6f1e72108269e','open',1,1,'dehumanisation',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "dehumanisation", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of counter-speech", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "reports what somebody else said or did", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:6',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(7,1,'test','!room','$m14',NULL,'99d1e377fd7c4fcc35f18ba431fc82b8','they are vermin 14','43147f43429ddf1c04430402acaf826e','open',1,1,'incitement',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "incitement", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of neutral mention of a group", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "negated", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:7',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(8,1,'test','!room','$m15',NULL,'e8369a25ccf66847ccaaac1a0c443c34','they are vermin 15','6e21702473bbb5aaf859d95e98774973','open',1,1,'slur',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "slur", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of praise of a group", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "words of others that the message speaks against", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:8',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(9,1,'test','!room','$m16',NULL,'903af093f63fe787542e37dc919cc806','they are vermin 16','d04b6c8d16b9dfeb31277f3322223234','open',1,1,'animosity',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "animosity", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of words that a group uses for itself", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "reports what somebody else said or did", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:9',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(10,1,'test','!room','$m17',NULL,'5d78d5b36a97406c602042f95eb4f7e3','they are vermin 17','e9f01daa60aa67cb05718ec0454bcb98','open',1,1,'support_hate',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "support hate", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of a harmless word that looks like a slur", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "negated", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:10',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(11,1,'test','!room','$m18',NULL,'1c419a5103d8210e70a0e7700e07f7ae','they are vermin 18','bbe2a8d22de4428a9726be4eeadc4e35','open',1,1,'derogation',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "derogation", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of insult of a single person", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "words of others that the message speaks against", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(12,1,'test','!room','$m19',NULL,'230872562b3939ac8df576754029c4bc','they are vermin 19','1fcb3dcff66520b27d4d8cbcc000cfdd','open',1,1,'dehumanisation',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "dehumanisation", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of anger at a thing", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "reports what somebody else said or did", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(13,1,'test','!room','$m20',NULL,'832d011f40cd9714c1e9cb7ad489e1b1','they are vermin 20','36beafe408dba983332cc001f71d42a7','open',1,1,'incitement',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "incitement", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of anger at no protected group", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "negated", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(14,1,'test','!room','$m21',NULL,'1c9d69b5bda5bbd26e2fdf435e63eb95','they are vermin 21','1e468ac7835f34f74e42b1aee3782694','open',1,1,'slur',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "slur", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of news or history", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "words of others that the message speaks against", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(15,1,'test','!room','$m22',NULL,'21e6465dc9db5b5b01c62f2089aaa169','they are vermin 22','a45273aa0dba0de5e09f4335f28bb249','open',1,1,'animosity',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "animosity", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of sexual abuse of children", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "reports what somebody else said or did", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(16,1,'test','!room','$m23',NULL,'b90890b730fd965ab4922357a19dd25d','they are vermin 23','cde7831344fbd56d53a5c4c3a71e174b','open',1,1,'support_hate',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "support hate", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of support for hate", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "negated", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(17,1,'test','!room','$m24',NULL,'44718acc95773e88fb541a264a419489','they are vermin 24','23447f1487c316ecab4a59e0352487d5','open',1,1,'derogation',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "derogation", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of hate put as a question", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "words of others that the message speaks against", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(18,1,'test','!room','$m25',NULL,'53c2e71afed316a3aa0d90169763251f','they are vermin 25','0a857e1244257cb4de19fcdec2691f65','open',1,1,'dehumanisation',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "dehumanisation", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of hate put as an opinion", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "reports what somebody else said or did", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(19,1,'test','!room','$m26',NULL,'870ab7996d3ae9f72ffae841d7a87a7d','they are vermin 26','1bdbc998f6cac12e923217196b585a61','open',1,1,'incitement',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "incitement", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of denial of any good in a group", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "negated", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(20,1,'test','!room','$m27',NULL,'2245dafdf0691272b114720476335240','they are vermin 27','526b0486ca83ba210b5bcc77c0004e7b','open',1,1,'slur',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "slur", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of hate with swear words", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "words of others that the message speaks against", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(21,1,'test','!room','$m28',NULL,'872cde1f17953dd87e72cf73a2d74516','they are vermin 28','ce86ec24525bd182f6fc01fe0bb3f791','open',1,1,'animosity',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "animosity", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of disguised spelling", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "reports what somebody else said or did", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(22,1,'test','!room','$m29',NULL,'070603dd8c761c505f8ae0610a0068c2','they are vermin 29','393550c44a395d5d5febf10b11b9dba9','open',1,1,'support_hate',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "support hate", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of hate with emoji", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "negated", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(23,1,'test','!room','$m30',NULL,'7f29763bdec3429ddd343ea3d756f40b','they are vermin 30','611594b2a58d47d8582c054ff8290d9f','open',1,1,'derogation',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "derogation", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of hate said of ''them''", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "words of others that the message speaks against", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(24,1,'test','!room','$m1',NULL,'dd3c635510c948dff00565853bf51bfb','they are vermin 1','87fd03e61477da83c06847f845769902','open',2,1,'dehumanisation',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "dehumanisation", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of hate put as a question", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "reports what somebody else said or did", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',2,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(25,1,'test','!room','$m2',NULL,'9a000322122d730257431451dcdb75f1','they are vermin 2','b9559452e5201e645544525d104d7c16','claimed',2,1,'incitement',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "incitement", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of hate put as an opinion", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "negated", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,2,'2026-03-01 12:00:00.000000','2026-03-01 12:30:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(26,1,'test','!room','$m3',NULL,'ff225a81dd5c9e8c032292c247a7f221','they are vermin 3','5e0e7073f7e130221807f53d55da9443','replied',3,1,'slur',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "slur", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of denial of any good in a group", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "words of others that the message speaks against", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,1,'2026-03-01 12:00:00.000000',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(27,1,'test','!room','$m4',NULL,'6bfa00bacf5132d1b5087f7e302545b1','they are vermin 4','88fb183deb3a31d5f65c027c5646b40b','dismissed',2,1,'animosity',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "animosity", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of hate with swear words", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "reports what somebody else said or did", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-01 12:00:00.000000','2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(28,1,'test','!room','$m5',NULL,'da3644655e556cc5e8ae1ca5acec1785','somebody should kill them 5','3afd6be4b8d3855598973a85bb9330eb','escalated',1,1,'threat',3,'["people_of_colour", "migrants"]','en',0.93,'escalate','[{"kind": "category", "text": "threat", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "kill t", "weight": 1.2, "start": 16, "end": 22}, {"kind": "target", "text": "people_of_colour", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of disguised spelling", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "negated", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',1,'ref-card:28',NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(29,1,'test','!room','$m6',NULL,'556f01fa22eff4f65f437603b4396a02','they are vermin 6','4a64b2ecb776da339eaafc896cc74e0a','closed',3,1,'derogation',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "derogation", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of hate with emoji", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "words of others that the message speaks against", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-01 12:00:00.000000','2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(30,1,'test','!room','$m7',NULL,'443ef1281595655c2a37f0869906b43f',NULL,NULL,'withdrawn',2,1,'dehumanisation',2,'["people_of_colour", "migrants"]','en',0.93,'counter','[{"kind": "category", "text": "", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "", "weight": 1.2, "start": null, "end": null}, {"kind": "target", "text": "", "weight": 0.0, "start": null, "end": null}, {"kind": "example", "text": "", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "", "weight": -0.1, "start": null, "end": null}, {"kind": "word", "text": "", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,'2026-03-01 12:00:00.000000','2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(31,1,'test','!room','$r1',NULL,'c820237b0679645b4908f70bb9c69460','A harmless sentence about soup','18d6085a2ba5d49d6c504538a2100e28','open',2,0,'none',0,'[]','en',0.02,'none','[]',1,'["71cfc5a714e8ac15c6e019d1e1fae98a"]',0,NULL,NULL,NULL,NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(32,1,'test','!room','$m99',NULL,'6c5d9294d87c1eaea2d5f127525d20be','A harmless sentence about soup!','acf9675eb2a2d516283eb76bf81bfacd','claimed',2,1,'derogation',1,'[]','en',0.02,'counter','[{"kind": "feedback", "text": "people decided this is hate, and a trainer confirmed it", "weight": 1.0, "start": null, "end": null}]',1,'[]',0,NULL,2,'2026-03-01 12:00:00.000000','2026-03-01 12:30:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
INSERT INTO "cases" VALUES(33,1,'test','!room','$m40',NULL,'f9c6eb2baaabfeda5b6ff92920dbc1d5','they are vermin 40','d44320dab67602856424879a1e84a7d0','claimed',3,1,'animosity',2,'["migrants"]','en',0.93,'counter','[{"kind": "category", "text": "animosity", "weight": 0.93, "start": null, "end": null}, {"kind": "word", "text": "vermin", "weight": 1.2, "start": 9, "end": 15}, {"kind": "target", "text": "migrants", "weight": 0.0, "start": 0, "end": 4}, {"kind": "example", "text": "like known examples of a harmless word that looks like a slur", "weight": 0.61, "start": null, "end": null}, {"kind": "frame", "text": "reports what somebody else said or did", "weight": -0.1, "start": 0, "end": 3}, {"kind": "word", "text": "disguised spelling was undone", "weight": 0.0, "start": null, "end": null}]',1,'[]',0,NULL,1,'2026-03-01 12:00:00.000000','2026-03-01 12:30:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000',NULL,NULL,'2026-03-31 12:00:00.000000');
CREATE TABLE channel_identities (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	user_id VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_channel_identities PRIMARY KEY (id), 
	CONSTRAINT fk_channel_identities_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_channel_identities_person_id_people FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE, 
	CONSTRAINT uq_channel_identities_organisation_id_channel_user_id UNIQUE (organisation_id, channel, user_id)
);
INSERT INTO "channel_identities" VALUES(1,1,1,'test','@ann:x');
CREATE TABLE counters (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	day DATE NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	room_id VARCHAR(255) NOT NULL, 
	name VARCHAR(24) NOT NULL, 
	count INTEGER NOT NULL, 
	CONSTRAINT pk_counters PRIMARY KEY (id), 
	CONSTRAINT fk_counters_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT uq_counters_organisation_id_day_channel_room_id_name UNIQUE (organisation_id, day, channel, room_id, name)
);
INSERT INTO "counters" VALUES(1,1,'2026-03-01','test','!room','flagged',33);
INSERT INTO "counters" VALUES(2,1,'2026-03-01','test','!room','reported',1);
INSERT INTO "counters" VALUES(3,1,'2026-03-01','test','!room','screened',34);
CREATE TABLE decisions (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	decision VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	exact VARCHAR(32) NOT NULL, 
	simhash VARCHAR(16) NOT NULL, 
	words INTEGER NOT NULL, 
	severity INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	decided_at DATETIME NOT NULL, 
	reviewed_by INTEGER, 
	reviewed_at DATETIME, 
	CONSTRAINT pk_decisions PRIMARY KEY (id), 
	CONSTRAINT fk_decisions_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_decisions_case_id_cases FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE, 
	CONSTRAINT fk_decisions_person_id_people FOREIGN KEY(person_id) REFERENCES people (id), 
	CONSTRAINT fk_decisions_reviewed_by_people FOREIGN KEY(reviewed_by) REFERENCES people (id), 
	CONSTRAINT uq_decisions_organisation_id_case_id_person_id_exact UNIQUE (organisation_id, case_id, person_id, exact)
);
INSERT INTO "decisions" VALUES(1,1,27,1,'not_hate','waiting','9bc573a4e0cc63913ca6d95bc68c11e6','69f4fe04236dc16e',4,2,1,'2026-03-01 12:00:00.000000',NULL,NULL);
INSERT INTO "decisions" VALUES(2,1,31,3,'missed','confirmed','e5b7571327bd4b79895099326bb670a6','e23f7651640bae9c',5,0,3,'2026-03-01 12:00:00.000000',4,'2026-03-01 12:00:00.000000');
CREATE TABLE drafts (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	response_id VARCHAR(120), 
	base_text TEXT NOT NULL, 
	text TEXT NOT NULL, 
	edited_ratio FLOAT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_drafts PRIMARY KEY (id), 
	CONSTRAINT fk_drafts_case_id_cases FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE, 
	CONSTRAINT fk_drafts_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_drafts_person_id_people FOREIGN KEY(person_id) REFERENCES people (id), 
	CONSTRAINT uq_drafts_case_id_version UNIQUE (case_id, version)
);
INSERT INTO "drafts" VALUES(1,1,25,2,1,'en-migrants-4','Response number 4.','Response number 4.',0.0,'2026-03-01 12:00:00.000000');
INSERT INTO "drafts" VALUES(2,1,25,2,2,'en-migrants-4','Response number 4.','My own words, kindly.',0.8462,'2026-03-01 12:00:00.000000');
INSERT INTO "drafts" VALUES(3,1,26,1,1,'en-migrants-1','Response number 1.','Response number 1.',0.0,'2026-03-01 12:00:00.000000');
INSERT INTO "drafts" VALUES(4,1,33,1,1,'en-migrants-2','Response number 2.','Response number 2.',0.0,'2026-03-01 12:00:00.000000');
CREATE TABLE feedback (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	label VARCHAR(16) NOT NULL, 
	category VARCHAR(24) NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_feedback PRIMARY KEY (id), 
	CONSTRAINT fk_feedback_case_id_cases FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE, 
	CONSTRAINT fk_feedback_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_feedback_person_id_people FOREIGN KEY(person_id) REFERENCES people (id), 
	CONSTRAINT uq_feedback_case_id_label UNIQUE (case_id, label)
);
INSERT INTO "feedback" VALUES(1,1,27,1,'not_hate','animosity','en','2026-03-01 12:00:00.000000');
INSERT INTO "feedback" VALUES(2,1,31,3,'hate','none','en','2026-03-01 12:00:00.000000');
CREATE TABLE login_links (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT pk_login_links PRIMARY KEY (id), 
	CONSTRAINT fk_login_links_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_login_links_person_id_people FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE, 
	CONSTRAINT uq_login_links_token_hash UNIQUE (token_hash)
);
INSERT INTO "login_links" VALUES(1,1,3,'7601eac1ca1e84a35501091a02fc385e454665bb4881d90f53613a9c9d1c08ea','2026-03-02 12:00:00.000000',NULL);
CREATE TABLE offered_suggestions (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	round INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	response_id VARCHAR(120) NOT NULL, 
	strategy VARCHAR(24) NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	text TEXT NOT NULL, 
	score FLOAT NOT NULL, 
	reasons JSON NOT NULL, 
	sources JSON NOT NULL, 
	translated_from VARCHAR(8), 
	offered_at DATETIME NOT NULL, parts JSON, 
	CONSTRAINT pk_offered_suggestions PRIMARY KEY (id), 
	CONSTRAINT fk_offered_suggestions_case_id_cases FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE, 
	CONSTRAINT fk_offered_suggestions_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_offered_suggestions_person_id_people FOREIGN KEY(person_id) REFERENCES people (id), 
	CONSTRAINT uq_offered_suggestions_case_id_round_number UNIQUE (case_id, round, number)
);
INSERT INTO "offered_suggestions" VALUES(1,1,25,2,1,1,'en-migrants-1','facts','en','Response number 1.',0.8,'["answers this very claim", "answers a similar claim", "speaks about the same thing"]','[]',NULL,'2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(2,1,25,2,1,2,'en-migrants-2','question','en','Response number 2.',0.8,'["a general answer: none in the library answers this very claim", "stands up for LGBT+ people and people of colour", "fits any group"]','[{"title": "A report", "publisher": "An office", "year": 2021}]',NULL,'2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(3,1,25,2,1,3,'en-migrants-3','affiliation','en','Response number 3.',0.8,'["facts, as asked for", "has a source", "has sources"]','[]','fr','2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(4,1,25,2,2,1,'en-migrants-4','humor','en','Response number 4.',0.8,'["was useful to 4 people", "fits many messages", "was used here lately"]','[]',NULL,'2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(5,1,25,2,2,2,'en-migrants-5','positive','en','Response number 5.',0.8,'["in German: nothing in the message''s language fits", "nearest in the library", "because a trainer of an older version said so"]','[]',NULL,'2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(6,1,25,2,2,3,'en-migrants-6','consequences','en','Response number 6.',0.8,'[]','[]',NULL,'2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(7,1,26,1,1,1,'en-migrants-1','facts','en','Response number 1.',0.8,'["answers this very claim", "answers a similar claim", "speaks about the same thing"]','[]',NULL,'2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(8,1,26,1,1,2,'en-migrants-2','question','en','Response number 2.',0.8,'["a general answer: none in the library answers this very claim", "stands up for LGBT+ people and people of colour", "fits any group"]','[{"title": "A report", "publisher": "An office", "year": 2021}]',NULL,'2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(9,1,26,1,1,3,'en-migrants-3','affiliation','en','Response number 3.',0.8,'["facts, as asked for", "has a source", "has sources"]','[]','fr','2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(10,1,33,1,1,1,'en-migrants-1','facts','en','Response number 1.',0.8,'["answers this very claim", "answers a similar claim", "speaks about the same thing"]','[]',NULL,'2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(11,1,33,1,1,2,'en-migrants-2','question','en','Response number 2.',0.8,'["a general answer: none in the library answers this very claim", "stands up for LGBT+ people and people of colour", "fits any group"]','[{"title": "A report", "publisher": "An office", "year": 2021}]',NULL,'2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
INSERT INTO "offered_suggestions" VALUES(12,1,33,1,1,3,'en-migrants-3','affiliation','en','Response number 3.',0.8,'["facts, as asked for", "has a source", "has sources"]','[]','fr','2026-03-01 12:00:00.000000','{"claim": 0.5, "text": 0.25, "use": 0.1}');
CREATE TABLE organisations (
	id INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	library_revision INTEGER DEFAULT 0 NOT NULL, 
	created_at DATETIME NOT NULL, decisions_revision INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_organisations PRIMARY KEY (id)
);
INSERT INTO "organisations" VALUES(1,'Default organisation',12,'2026-11-28 20:36:18.053802',3);
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	"key" VARCHAR(120) NOT NULL, 
	lane VARCHAR(120) NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	room_id VARCHAR(255) NOT NULL, 
	case_id INTEGER, 
	payload JSON NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempts INTEGER NOT NULL, 
	last_error TEXT, 
	external_id VARCHAR(255), 
	leased_until DATETIME, 
	next_at DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	sent_at DATETIME, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT fk_outbox_case_id_cases FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE, 
	CONSTRAINT fk_outbox_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT uq_outbox_key UNIQUE ("key")
);
INSERT INTO "outbox" VALUES(1,1,'card:1','card:1','test','card','',1,'{}','sent',1,NULL,'ref-card:1',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(2,1,'card:2','card:2','test','card','',2,'{}','sent',1,NULL,'ref-card:2',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(3,1,'card:3','card:3','test','card','',3,'{}','sent',1,NULL,'ref-card:3',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(4,1,'card:4','card:4','test','card','',4,'{}','sent',1,NULL,'ref-card:4',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(5,1,'card:5','card:5','test','card','',5,'{}','sent',1,NULL,'ref-card:5',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(6,1,'card:6','card:6','test','card','',6,'{}','sent',1,NULL,'ref-card:6',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(7,1,'card:7','card:7','test','card','',7,'{}','sent',1,NULL,'ref-card:7',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(8,1,'card:8','card:8','test','card','',8,'{}','sent',1,NULL,'ref-card:8',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(9,1,'card:9','card:9','test','card','',9,'{}','sent',1,NULL,'ref-card:9',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(10,1,'card:10','card:10','test','card','',10,'{}','sent',1,NULL,'ref-card:10',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(11,1,'summary:1:test:!room:29539440','summary:1:test:!room:29539440','test','summary','!room',NULL,'{"channel": "test", "minute": 29539440}','sent',1,NULL,'ref-summary:1:test:!room:29539440',NULL,'2026-03-01 12:01:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:30:00.000000');
INSERT INTO "outbox" VALUES(12,1,'reply:26:1','reply:26','test','reply','!room',26,'{"reply_id": 1}','sent',1,NULL,'ref-reply:26:1',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(13,1,'card:28','card:28','test','card','',28,'{}','sent',1,NULL,'ref-card:28',NULL,'2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "outbox" VALUES(14,1,'reply:33:1','reply:33','test','reply','!room',33,'{"reply_id": 2}','dead',3,'the room is gone (tried 3 times)',NULL,NULL,'2026-03-01 12:30:01.000000','2026-03-01 12:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(15,1,'card:1:v2','card:1','test','card_update','',1,'{}','pending',0,NULL,NULL,NULL,'2026-03-01 14:00:00.000000','2026-03-01 14:00:00.000000',NULL);
CREATE TABLE people (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	languages JSON NOT NULL, 
	password_hash VARCHAR(200), 
	active BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_people PRIMARY KEY (id), 
	CONSTRAINT fk_people_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT uq_people_organisation_id_name UNIQUE (organisation_id, name)
);
INSERT INTO "people" VALUES(1,1,'Ann','volunteer','["en"]',NULL,1,'2026-11-28 20:36:18.105336');
INSERT INTO "people" VALUES(2,1,'Bob','volunteer','["de", "en"]',NULL,1,'2026-11-28 20:36:18.113784');
INSERT INTO "people" VALUES(3,1,'Mia','moderator','["en"]',NULL,1,'2026-11-28 20:36:18.115157');
INSERT INTO "people" VALUES(4,1,'Tom','trainer','["en"]','$argon2id$v=19$m=8,t=1,p=1$721+tU4UM+dBhJfx8caDLg$Ii1tXiRuWZAgjTQi36wqY/lPvme79PN9w7+/N4ljv/w',1,'2026-11-28 20:36:18.116237');
CREATE TABLE replies (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	draft_version INTEGER NOT NULL, 
	response_id VARCHAR(120), 
	text TEXT NOT NULL, 
	edited_ratio FLOAT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	failure VARCHAR(300), 
	posted_ref VARCHAR(255), 
	confirmed_at DATETIME NOT NULL, 
	posted_at DATETIME, 
	CONSTRAINT pk_replies PRIMARY KEY (id), 
	CONSTRAINT fk_replies_case_id_cases FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE, 
	CONSTRAINT fk_replies_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_replies_person_id_people FOREIGN KEY(person_id) REFERENCES people (id), 
	CONSTRAINT uq_replies_case_id_draft_version UNIQUE (case_id, draft_version)
);
INSERT INTO "replies" VALUES(1,1,26,1,1,'en-migrants-1','Response number 1.',0.0,'posted',NULL,'ref-reply:26:1','2026-03-01 12:00:00.000000','2026-03-01 12:00:00.000000');
INSERT INTO "replies" VALUES(2,1,33,1,1,'en-migrants-2','Response number 2.',0.0,'failed','the room is gone (tried 3 times)',NULL,'2026-03-01 12:00:00.000000',NULL);
CREATE TABLE response_approvals (
	number INTEGER NOT NULL, 
	response_number INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	step VARCHAR(12) NOT NULL, 
	person_id INTEGER, 
	person_name VARCHAR(200) NOT NULL, 
	why TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	CONSTRAINT pk_response_approvals PRIMARY KEY (number), 
	CONSTRAINT fk_response_approvals_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_response_approvals_response_number_responses FOREIGN KEY(response_number) REFERENCES responses (number) ON DELETE CASCADE
);
INSERT INTO "response_approvals" VALUES(1,1,2,'submitted',4,'Tom','','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_approvals" VALUES(2,2,1,'submitted',4,'Tom','','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_approvals" VALUES(3,3,1,'submitted',4,'Tom','','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_approvals" VALUES(4,1,2,'approved',3,'Mia','','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_approvals" VALUES(5,2,1,'rejected',3,'Mia','needs a source','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_approvals" VALUES(6,3,1,'approved',3,'Mia','','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_approvals" VALUES(7,3,1,'retired',3,'Mia','out of date','2026-03-01 14:00:00.000000',1);
CREATE TABLE response_claims (
	number INTEGER NOT NULL, 
	response_number INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	CONSTRAINT pk_response_claims PRIMARY KEY (number), 
	CONSTRAINT fk_response_claims_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_response_claims_response_number_responses FOREIGN KEY(response_number) REFERENCES responses (number) ON DELETE CASCADE
);
INSERT INTO "response_claims" VALUES(4,2,0,'migrants do not belong here',1);
INSERT INTO "response_claims" VALUES(5,2,1,'migrants will never fit in',1);
INSERT INTO "response_claims" VALUES(6,2,2,'migrants take our jobs',1);
INSERT INTO "response_claims" VALUES(7,3,0,'migrants do not belong here',1);
INSERT INTO "response_claims" VALUES(8,3,1,'migrants will never fit in',1);
INSERT INTO "response_claims" VALUES(9,3,2,'migrants take our jobs',1);
INSERT INTO "response_claims" VALUES(10,4,0,'migrants do not belong here',1);
INSERT INTO "response_claims" VALUES(11,4,1,'migrants will never fit in',1);
INSERT INTO "response_claims" VALUES(12,4,2,'migrants take our jobs',1);
INSERT INTO "response_claims" VALUES(13,1,0,'migrants do not belong here',1);
INSERT INTO "response_claims" VALUES(14,1,1,'a changed claim',1);
INSERT INTO "response_claims" VALUES(15,1,2,'migrants go home',1);
CREATE TABLE response_comments (
	number INTEGER NOT NULL, 
	response_number INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	person_id INTEGER, 
	person_name VARCHAR(200) NOT NULL, 
	text TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	CONSTRAINT pk_response_comments PRIMARY KEY (number), 
	CONSTRAINT fk_response_comments_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_response_comments_response_number_responses FOREIGN KEY(response_number) REFERENCES responses (number) ON DELETE CASCADE
);
INSERT INTO "response_comments" VALUES(1,1,1,3,'Mia','Good, but a little long.','2026-03-01 14:00:00.000000',1);
CREATE TABLE response_feedback (
	number INTEGER NOT NULL, 
	response_number INTEGER NOT NULL, 
	event VARCHAR(12) NOT NULL, 
	value FLOAT NOT NULL, 
	person VARCHAR(64) NOT NULL, 
	room VARCHAR(200) NOT NULL, 
	created_at DATETIME NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	CONSTRAINT pk_response_feedback PRIMARY KEY (number), 
	CONSTRAINT fk_response_feedback_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_response_feedback_response_number_responses FOREIGN KEY(response_number) REFERENCES responses (number) ON DELETE CASCADE
);
INSERT INTO "response_feedback" VALUES(1,1,'shown',1.0,'','!room','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_feedback" VALUES(2,1,'chosen',1.0,'1','!room','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_feedback" VALUES(3,1,'posted',1.0,'1','!room','2026-03-01 14:00:00.000000',1);
CREATE TABLE response_influence (
	number INTEGER NOT NULL, 
	response_number INTEGER NOT NULL, 
	person VARCHAR(64) NOT NULL, 
	positive FLOAT NOT NULL, 
	negative FLOAT NOT NULL, 
	updated_at DATETIME NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	CONSTRAINT pk_response_influence PRIMARY KEY (number), 
	CONSTRAINT fk_response_influence_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_response_influence_response_number_responses FOREIGN KEY(response_number) REFERENCES responses (number) ON DELETE CASCADE, 
	CONSTRAINT uq_response_influence_organisation_id_response_number_person UNIQUE (organisation_id, response_number, person)
);
INSERT INTO "response_influence" VALUES(1,1,'',0.0,0.3,'2026-03-01 14:00:00.000000',1);
INSERT INTO "response_influence" VALUES(2,1,'1',1.5,0.0,'2026-03-01 14:00:00.000000',1);
CREATE TABLE response_sources (
	number INTEGER NOT NULL, 
	response_number INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	publisher TEXT NOT NULL, 
	year INTEGER, 
	locator TEXT NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	CONSTRAINT pk_response_sources PRIMARY KEY (number), 
	CONSTRAINT fk_response_sources_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_response_sources_response_number_responses FOREIGN KEY(response_number) REFERENCES responses (number) ON DELETE CASCADE
);
INSERT INTO "response_sources" VALUES(2,2,0,'A report','An office',2021,'p. 4',1);
INSERT INTO "response_sources" VALUES(3,3,0,'A report','An office',2021,'p. 4',1);
INSERT INTO "response_sources" VALUES(4,4,0,'A report','An office',2021,'p. 4',1);
CREATE TABLE response_versions (
	number INTEGER NOT NULL, 
	response_number INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	content JSON NOT NULL, 
	content_hash VARCHAR(32) NOT NULL, 
	person_id INTEGER, 
	person_name VARCHAR(200) NOT NULL, 
	why TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	CONSTRAINT pk_response_versions PRIMARY KEY (number), 
	CONSTRAINT fk_response_versions_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_response_versions_response_number_responses FOREIGN KEY(response_number) REFERENCES responses (number) ON DELETE CASCADE, 
	CONSTRAINT uq_response_versions_response_number_version UNIQUE (response_number, version)
);
INSERT INTO "response_versions" VALUES(1,1,1,'{"text": "They are our neighbours, number 1.", "language": "en", "targets": ["migrants"], "strategy": "facts", "tone": "calm", "voice": "ally", "length": "short", "claims": ["migrants do not belong here", "migrants will never fit in", "migrants take our jobs"], "sources": [{"title": "A report", "publisher": "An office", "year": 2021, "locator": "p. 4"}], "review_on": null, "licence": "", "translation_of": null}','9b346b3233910f6eed311b949ec9d40b',4,'Tom','first words','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_versions" VALUES(2,2,1,'{"text": "They are our neighbours, number 2.", "language": "en", "targets": ["migrants"], "strategy": "facts", "tone": "calm", "voice": "ally", "length": "short", "claims": ["migrants do not belong here", "migrants will never fit in", "migrants take our jobs"], "sources": [{"title": "A report", "publisher": "An office", "year": 2021, "locator": "p. 4"}], "review_on": null, "licence": "", "translation_of": null}','1d38726eaa18679a92b73690945af35b',4,'Tom','first words','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_versions" VALUES(3,3,1,'{"text": "They are our neighbours, number 3.", "language": "en", "targets": ["migrants"], "strategy": "facts", "tone": "calm", "voice": "ally", "length": "short", "claims": ["migrants do not belong here", "migrants will never fit in", "migrants take our jobs"], "sources": [{"title": "A report", "publisher": "An office", "year": 2021, "locator": "p. 4"}], "review_on": null, "licence": "", "translation_of": null}','6409b629bb358ab9c9eaca17f8e8db77',4,'Tom','first words','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_versions" VALUES(4,4,1,'{"text": "They are our neighbours, number 4.", "language": "en", "targets": ["migrants"], "strategy": "facts", "tone": "calm", "voice": "ally", "length": "short", "claims": ["migrants do not belong here", "migrants will never fit in", "migrants take our jobs"], "sources": [{"title": "A report", "publisher": "An office", "year": 2021, "locator": "p. 4"}], "review_on": "2026-09-01", "licence": "", "translation_of": null}','f29134efa501a14eff9785d016dc6dc5',4,'Tom','first words','2026-03-01 14:00:00.000000',1);
INSERT INTO "response_versions" VALUES(5,1,2,'{"text": "They are our neighbours and friends.", "language": "en", "targets": ["migrants", "women"], "strategy": "affiliation", "tone": "calm", "voice": "ally", "length": "short", "claims": ["migrants do not belong here", "a changed claim", "migrants go home"], "sources": [], "review_on": null, "licence": "", "translation_of": null}','daf4ab7ecc9ffdc279be305e4e34f383',4,'Tom','shorter','2026-03-01 14:00:00.000000',1);
CREATE TABLE responses (
	number INTEGER NOT NULL, 
	id VARCHAR(120) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	scope VARCHAR(12) NOT NULL, 
	version INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	text_hash VARCHAR(32) NOT NULL, 
	content_hash VARCHAR(32) NOT NULL, 
	search_key TEXT NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	targets_key VARCHAR(200) NOT NULL, 
	strategy VARCHAR(16) NOT NULL, 
	tone VARCHAR(12) NOT NULL, 
	voice VARCHAR(12) NOT NULL, 
	length VARCHAR(8) NOT NULL, 
	licence VARCHAR(60) NOT NULL, 
	translation_of VARCHAR(120), 
	review_on DATE, 
	author_id INTEGER, 
	author_name VARCHAR(200) NOT NULL, 
	origin VARCHAR(200) NOT NULL, 
	origin_hash VARCHAR(32) NOT NULL, 
	created_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	changed_by_id INTEGER, 
	changed_by_name VARCHAR(200) NOT NULL, 
	revision INTEGER NOT NULL, 
	lock INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	CONSTRAINT pk_responses PRIMARY KEY (number), 
	CONSTRAINT fk_responses_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT uq_responses_organisation_id_id UNIQUE (organisation_id, id)
);
INSERT INTO "responses" VALUES(1,'en-migrants-1','approved','organisation',2,'They are our neighbours and friends.','d03eeddc1bb8963af69c80451da6372a','daf4ab7ecc9ffdc279be305e4e34f383','en-migrants-1 they are our neighbours and friends. migrants do not belong here a changed claim migrants go home','en',',migrants,women,','affiliation','calm','ally','short','',NULL,NULL,4,'Tom','','','2026-03-01 14:00:00.000000','2026-03-01 14:00:00.000000',3,'Mia',9,6,1);
INSERT INTO "responses" VALUES(2,'en-migrants-2','draft','organisation',1,'They are our neighbours, number 2.','c30f1c3e92c0d52be202bbbc6bf683d5','1d38726eaa18679a92b73690945af35b','en-migrants-2 they are our neighbours, number 2. migrants do not belong here migrants will never fit in migrants take our jobs','en',',migrants,','facts','calm','ally','short','',NULL,NULL,4,'Tom','','','2026-03-01 14:00:00.000000','2026-03-01 14:00:00.000000',3,'Mia',10,5,1);
INSERT INTO "responses" VALUES(3,'en-migrants-3','retired','organisation',1,'They are our neighbours, number 3.','7f6695026536ab7b4c8327cc22b178a6','6409b629bb358ab9c9eaca17f8e8db77','en-migrants-3 they are our neighbours, number 3. migrants do not belong here migrants will never fit in migrants take our jobs','en',',migrants,','facts','calm','ally','short','',NULL,NULL,4,'Tom','','','2026-03-01 14:00:00.000000','2026-03-01 14:00:00.000000',3,'Mia',12,7,1);
INSERT INTO "responses" VALUES(4,'en-migrants-4','draft','organisation',1,'They are our neighbours, number 4.','ffe33b0f97c23d9360f33c718edefc17','f29134efa501a14eff9785d016dc6dc5','en-migrants-4 they are our neighbours, number 4. migrants do not belong here migrants will never fit in migrants take our jobs','en',',migrants,','facts','calm','ally','short','',NULL,'2026-09-01',4,'Tom','','','2026-03-01 14:00:00.000000','2026-03-01 14:00:00.000000',4,'Tom',4,1,1);
CREATE TABLE rooms (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	room_id VARCHAR(255) NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	sensitivity VARCHAR(16) NOT NULL, 
	active BOOLEAN NOT NULL, 
	CONSTRAINT pk_rooms PRIMARY KEY (id), 
	CONSTRAINT fk_rooms_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT uq_rooms_organisation_id_channel_room_id UNIQUE (organisation_id, channel, room_id)
);
INSERT INTO "rooms" VALUES(1,1,'test','!room','group','Garden talk','balanced',1);
INSERT INTO "rooms" VALUES(2,1,'test','!desk','desk','Desk','balanced',1);
CREATE TABLE sync_positions (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	account VARCHAR(255) NOT NULL, 
	position TEXT NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_sync_positions PRIMARY KEY (id), 
	CONSTRAINT fk_sync_positions_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT uq_sync_positions_organisation_id_channel_account UNIQUE (organisation_id, channel, account)
);
INSERT INTO "sync_positions" VALUES(1,1,'matrix','@courage:x','s72_123','2026-03-01 12:00:00.000000');
CREATE TABLE web_sessions (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	csrf_token VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_web_sessions PRIMARY KEY (id), 
	CONSTRAINT fk_web_sessions_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id), 
	CONSTRAINT fk_web_sessions_person_id_people FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE, 
	CONSTRAINT uq_web_sessions_token_hash UNIQUE (token_hash)
);
INSERT INTO "web_sessions" VALUES(1,1,4,'501d164811fcff6ef9dc030a74c4bd89eccaa9fe1cc799ed1ec843a28875a0c2','QdAvXn-GLyrAkUL63kHqUd1tOZRJ1n5C','2026-03-01 12:00:00.000000','2026-03-02 00:00:00.000000');
CREATE INDEX ix_counters_organisation_id ON counters (organisation_id);
CREATE INDEX ix_people_organisation_id ON people (organisation_id);
CREATE INDEX ix_responses_organisation_id ON responses (organisation_id);
CREATE INDEX ix_responses_organisation_id_revision ON responses (organisation_id, revision);
CREATE INDEX ix_responses_organisation_id_state ON responses (organisation_id, state);
CREATE INDEX ix_responses_organisation_id_text_hash ON responses (organisation_id, text_hash);
CREATE INDEX ix_rooms_organisation_id ON rooms (organisation_id);
CREATE INDEX ix_sync_positions_organisation_id ON sync_positions (organisation_id);
CREATE INDEX ix_case_digest ON cases (organisation_id, author, text_digest);
CREATE INDEX ix_case_queue ON cases (organisation_id, status, severity);
CREATE INDEX ix_cases_claim_until ON cases (claim_until);
CREATE INDEX ix_cases_claimed_by ON cases (claimed_by);
CREATE INDEX ix_cases_opened_at ON cases (opened_at);
CREATE INDEX ix_cases_organisation_id ON cases (organisation_id);
CREATE INDEX ix_cases_retain_until ON cases (retain_until);
CREATE INDEX ix_channel_identities_organisation_id ON channel_identities (organisation_id);
CREATE INDEX ix_channel_identities_person_id ON channel_identities (person_id);
CREATE INDEX ix_login_links_organisation_id ON login_links (organisation_id);
CREATE INDEX ix_login_links_person_id ON login_links (person_id);
CREATE INDEX ix_response_approvals_organisation_id ON response_approvals (organisation_id);
CREATE INDEX ix_response_approvals_response_number ON response_approvals (response_number);
CREATE INDEX ix_response_claims_organisation_id ON response_claims (organisation_id);
CREATE INDEX ix_response_claims_response_number ON response_claims (response_number);
CREATE INDEX ix_response_comments_organisation_id ON response_comments (organisation_id);
CREATE INDEX ix_response_comments_response_number ON response_comments (response_number);
CREATE INDEX ix_response_feedback_organisation_id ON response_feedback (organisation_id);
CREATE INDEX ix_response_feedback_response ON response_feedback (organisation_id, response_number);
CREATE INDEX ix_response_feedback_room ON response_feedback (organisation_id, room, created_at);
CREATE INDEX ix_response_influence_organisation_id ON response_influence (organisation_id);
CREATE INDEX ix_response_influence_response_number ON response_influence (response_number);
CREATE INDEX ix_response_sources_organisation_id ON response_sources (organisation_id);
CREATE INDEX ix_response_sources_response_number ON response_sources (response_number);
CREATE INDEX ix_response_versions_organisation_id ON response_versions (organisation_id);
CREATE INDEX ix_response_versions_response_number ON response_versions (response_number);
CREATE INDEX ix_web_sessions_expires_at ON web_sessions (expires_at);
CREATE INDEX ix_web_sessions_organisation_id ON web_sessions (organisation_id);
CREATE INDEX ix_web_sessions_person_id ON web_sessions (person_id);
CREATE INDEX ix_case_events_case_id ON case_events (case_id);
CREATE INDEX ix_case_events_organisation_id ON case_events (organisation_id);
CREATE INDEX ix_case_events_person_id ON case_events (person_id);
CREATE INDEX ix_case_messages_case_id ON case_messages (case_id);
CREATE INDEX ix_case_messages_organisation_id ON case_messages (organisation_id);
CREATE INDEX ix_drafts_case_id ON drafts (case_id);
CREATE INDEX ix_drafts_organisation_id ON drafts (organisation_id);
CREATE INDEX ix_feedback_case_id ON feedback (case_id);
CREATE INDEX ix_feedback_organisation_id ON feedback (organisation_id);
CREATE INDEX ix_offered_suggestions_case_id ON offered_suggestions (case_id);
CREATE INDEX ix_offered_suggestions_organisation_id ON offered_suggestions (organisation_id);
CREATE INDEX ix_outbox_case_id ON outbox (case_id);
CREATE INDEX ix_outbox_due ON outbox (state, next_at);
CREATE INDEX ix_outbox_lane ON outbox (lane, state);
CREATE INDEX ix_outbox_organisation_id ON outbox (organisation_id);
CREATE INDEX ix_replies_case_id ON replies (case_id);
CREATE INDEX ix_replies_organisation_id ON replies (organisation_id);
CREATE INDEX ix_decision_exact ON decisions (organisation_id, exact);
CREATE INDEX ix_decision_revision ON decisions (organisation_id, revision);
CREATE INDEX ix_decisions_case_id ON decisions (case_id);
CREATE INDEX ix_decisions_organisation_id ON decisions (organisation_id);
CREATE INDEX ix_decisions_person_id ON decisions (person_id);
COMMIT;
