"""A real RTSP server for tests (GStreamer's): rtsp-server.py CLIP SCHEME USER PASSWORD PORT; prints its port.

It plays a Matroska file with H.264 at its own pace to each client from the beginning, at /street. SCHEME is open, basic or digest.
"""
import sys
import gi
gi.require_version('Gst', '1.0')
gi.require_version('GstRtsp', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

clip, scheme, user, password, port = sys.argv[1:6]
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address('127.0.0.1')
server.set_service(port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch('( filesrc location="%s" ! matroskademux ! rtph264pay name=pay0 pt=96 )' % clip)
if scheme != 'open':
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string('media.factory.role', 'viewer')
    if scheme == 'digest':
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    roles = GstRtspServer.RTSPPermissions()
    roles.add_permission_for_role('viewer', 'media.factory.access', True)
    roles.add_permission_for_role('viewer', 'media.factory.construct', True)
    factory.set_permissions(roles)
server.get_mount_points().add_factory('/street', factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
