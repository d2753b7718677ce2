-- schema.sql - the tables of the site, with the keys and indexes that it has and no others
create table users (
	id bigserial primary key,
	email varchar(50) not null unique,
	username varchar(50) not null unique,
	password varchar not null,
	passkey varchar not null unique,
	role bigint not null default 1,
	activated boolean not null default false
);
create table torrent_info (
	id bigserial primary key,
	title varchar not null,
	description varchar,
	category bigint not null default 0,
	poster varchar(50) not null,
	visible boolean not null default true,
	tag varchar[],
	createtime timestamp not null default now(),
	lastedit timestamp not null default now(),
	free boolean not null default false,
	stick boolean not null default false,
	downloading integer not null default 0,
	uploading integer not null default 0,
	finished bigint not null default 0
);
-- The info hash has no index and may be there twice.
create table torrent (
	id bigint primary key references torrent_info (id),
	name varchar not null,
	length bigint not null,
	files varchar[] not null default '{}',
	info bytea not null default '',
	infohash varchar not null
);
-- No time, no index on uid. status: 0 started, 1 completed, 2 stopped
create table torrent_status (
	tid bigint not null,
	uid bigint not null,
	status integer not null default 0,
	upload bigint not null default 0,
	download bigint not null default 0,
	finished boolean not null default false,
	primary key (tid, uid)
);
create table user_info (
	id bigint primary key,
	username varchar(50) not null unique,
	registertime timestamp not null default now(),
	lastactivity timestamp not null default now(),
	invitor varchar(50),
	upload bigint not null default 0,
	download bigint not null default 0,
	money double precision not null default 0,
	rank integer not null default 0
);
