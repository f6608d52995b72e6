[description]
Puts the connectors of this server on the listeners of a Baton supervisor.
Idle connections move to the next version. Without a supervisor nothing changes.

[tags]
server
baton

[depend]
server
logging

[lib]
lib/baton/*.jar

[xml]
etc/baton.xml
