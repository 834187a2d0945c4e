using System.Globalization;
using System.Text;

namespace Mdm.Host.Audit;

/// <summary>Who sends.</summary>
/// <param name="Id">AuditSourceID, and the HOSTNAME of syslog.</param>
/// <param name="Site">AuditEnterpriseSiteID; null for none.</param>
/// <param name="ProcessId">The process.</param>
internal sealed record AuditSource(string Id, string? Site, int ProcessId);

/// <summary>
/// A line of the trail as a DICOM audit message (PS3.15 A.5). docs/conformance.md says which events there are and where they differ. No patient is named: the patient of a file stands
/// as the file's id, of a directory as its keyed hash, of a withdrawal as part of the patient's.
/// </summary>
internal sealed class AuditMessage
{
    private const int Success = 0;
    private const int MinorFailure = 4;
    private const int SeriousFailure = 8;
    private const int MajorFailure = 12;

    /// <summary>What the roles of VOMS are coded in: it is not one of DICOM's.</summary>
    private const string VomsScheme = "VOMS";

    private readonly AuditRecord _line;
    private readonly AuditSource _source;
    private readonly AuditXml _xml;

    private AuditMessage(AuditRecord line, AuditSource source, AuditXml xml) => (_line, _source, _xml) = (line, source, xml);

    /// <summary>True for lines that have a message.</summary>
    public static bool Has(AuditRecord line) => line.Action switch
    {
        AuditAction.Start or AuditAction.Stop or AuditAction.TrailUsed or AuditAction.TrailBroken or AuditAction.TrailResumed or AuditAction.MessagesDropped => true,
        AuditAction.Retrieve or AuditAction.Query or AuditAction.Withdraw or AuditAction.Token or AuditAction.SetAcl or AuditAction.SetOwner or AuditAction.Administer or AuditAction.Authenticate => line.Outcome != AuditOutcome.Failed,
        AuditAction.Transfer => line.Outcome is AuditOutcome.Begun or AuditOutcome.Aborted or AuditOutcome.Refused,
        _ => line.Outcome == AuditOutcome.Refused,
    };

    /// <summary>The message of a line; null where it has none.</summary>
    /// <param name="line">The line.</param>
    /// <param name="source">Who sends.</param>
    public static byte[]? Of(AuditRecord line, AuditSource source)
    {
        if (!Has(line))
            return null;
        using var xml = new AuditXml();
        new AuditMessage(line, source, xml).Write();
        return xml.End();
    }

    private void Write()
    {
        switch (_line)
        {
            case { Outcome: AuditOutcome.Refused, Action: AuditAction.Authenticate }:
                Alert(AuditCodes.NodeAuthentication, SeriousFailure);
                break;
            case { Outcome: AuditOutcome.Refused }:
                Alert(AuditCodes.UseOfRestrictedFunction, SeriousFailure);
                break;
            case { Action: AuditAction.Start }:
                Activity(AuditCodes.ApplicationStart);
                break;
            case { Action: AuditAction.Stop }:
                Activity(AuditCodes.ApplicationStop);
                break;
            case { Action: AuditAction.TrailUsed }:
                TrailUsed();
                break;
            case { Action: AuditAction.TrailBroken }:
                Alert(AuditCodes.RecordingStopped, MajorFailure);
                break;
            case { Action: AuditAction.TrailResumed }:
                Alert(AuditCodes.RecordingStarted, Success);
                break;
            case { Action: AuditAction.MessagesDropped }:
                Alert(AuditCodes.RecordingStopped, MinorFailure);
                break;
            case { Action: AuditAction.Transfer }:
                Export();
                break;
            case { Action: AuditAction.Retrieve }:
                Pull();
                break;
            case { Action: AuditAction.Query }:
                Query();
                break;
            case { Action: AuditAction.Withdraw }:
                Withdrawal();
                break;
            case { Action: AuditAction.Token }:
                Login();
                break;
            case { Action: AuditAction.SetAcl or AuditAction.SetOwner }:
                Alert(AuditCodes.SecurityAttributesChanged, Success);
                break;
            default:
                Alert(AuditCodes.UseOfRestrictedFunction, Success);
                break;
        }
    }

    // A.5.3.1
    private void Activity(AuditCode type)
    {
        Event(AuditCodes.ApplicationActivity, type, 'E', Success);
        Host(isRequestor: false, AuditCodes.Application);
        Source();
    }

    // A.5.3.2
    private void TrailUsed()
    {
        Event(AuditCodes.AuditLogUsed, null, 'R', Success);
        Host(isRequestor: false);
        Source();
        _xml.Object(ObjectPart.SecurityResource, AuditCodes.Uri, $"urn:mdm:audit:{_source.Id}", "Security Audit Log", details: Details());
    }

    // A.5.3.3 and A.5.3.7: objects of one directory, so of one patient wherever a layout does not mix them.
    private void Pull()
    {
        var isBegin = _line.Outcome == AuditOutcome.Begun;
        Event(isBegin ? AuditCodes.BeginTransferring : AuditCodes.InstancesTransferred, null, isBegin ? 'E' : 'C', _line.Outcome == AuditOutcome.Aborted ? MinorFailure : Success);
        _xml.Participant(_line.Archive, null, false, null, AuditCodes.Source);
        Host(isRequestor: false, AuditCodes.Destination);
        Caller(isRequestor: true);
        Source();
        Studies(_line.Patient ?? string.Empty, _line.Files ?? 0);
        Patient(_line.Patient ?? string.Empty);
    }

    // A.5.3.4: grid delivery leaves the hospital's security domain.
    private void Export()
    {
        Event(AuditCodes.Export, null, 'R', _line.Outcome == AuditOutcome.Aborted ? MinorFailure : Success);
        Caller(isRequestor: true, AuditCodes.Destination);
        Host(isRequestor: false, AuditCodes.Source);
        _xml.Participant("https", null, false, _line.From ?? "0.0.0.0", AuditCodes.DestinationMedia);
        Source();
        // No path: a layout for physicians may have a patient in it.
        Patient(_line.File ?? string.Empty, new ObjectDescription(1, _line.Delivery == "sealed", _line.Content != "original"));
        File();
    }

    // A.5.3.10; the search is one of metadata, not of DICOM, so its object is search criteria.
    private void Query()
    {
        Event(AuditCodes.Query, null, 'E', Success);
        Caller(isRequestor: true, AuditCodes.Source);
        Host(isRequestor: false, AuditCodes.Destination);
        Source();
        var names = _line.Attributes.IsDefault ? [] : _line.Attributes;
        var more = names.Length > MaxNames ? " …" : string.Empty;
        var criteria = Encoding.UTF8.GetBytes($"{string.Join(' ', names.Take(MaxNames))}{more} hash:{_line.Query}".TrimStart());
        _xml.Object(ObjectPart.Query, AuditCodes.SearchCriteria, _line.Query ?? string.Empty, null, criteria, Details());
    }

    /// <summary>Names of attributes in a message: it stays below 32 KiB; the trail has them all.</summary>
    private const int MaxNames = 128;

    // A.5.3.8: what was published of a patient goes, in one action, with the keys of every copy.
    private void Withdrawal()
    {
        Event(AuditCodes.StudyDeleted, null, 'D', Success);
        Caller(isRequestor: true);
        Host(isRequestor: false);
        Source();
        Studies(_line.Patient ?? string.Empty, _line.Files ?? 0);
        Patient(_line.Patient ?? string.Empty);
    }

    // A.5.3.12
    private void Login()
    {
        Event(AuditCodes.UserAuthentication, AuditCodes.Login, 'E', Success);
        Caller(isRequestor: true);
        Host(isRequestor: false);
        Source();
    }

    // A.5.3.11
    private void Alert(AuditCode type, int outcome)
    {
        Event(AuditCodes.SecurityAlert, type, 'E', outcome);
        var hasCaller = _line.Subject is not null || _line.From is not null;
        if (hasCaller)
            Caller(isRequestor: true);
        Host(isRequestor: false);
        Source();
        if (_line.File is not null)
            File();
        else
            _xml.Object(ObjectPart.SecurityResource, AuditCodes.Uri, $"urn:mdm:audit:{_source.Id}", _line.Publication ?? _line.Action.ToString(), details: Details());
    }

    private void Event(AuditCode id, AuditCode? type, char action, int outcome) => _xml.Event(id, type, action, _line.Time, outcome, outcome == Success ? null : _line.Detail ?? _line.Outcome.ToString());

    /// <summary>The caller, with VOMS attributes as roles; who has no certificate by the name that a service knows him by.</summary>
    private void Caller(bool isRequestor, params IEnumerable<AuditCode> roles) =>
        _xml.Participant(_line.Subject ?? (_line.Account is { } account ? $"account:{account}" : null), null, isRequestor, _line.From, [.. roles, .. (_line.Fqans.IsDefault ? [] : _line.Fqans.Take(MaxRoles)).Select(fqan => new AuditCode(fqan, VomsScheme, fqan))]);

    /// <summary>A proxy may bear more; those that count come first.</summary>
    private const int MaxRoles = 8;

    // A.5.2.1: a process is known by its id in the system's own logs.
    private void Host(bool isRequestor, params IEnumerable<AuditCode> roles) =>
        _xml.Participant(_source.ProcessId.ToString(CultureInfo.InvariantCulture), SyslogFormat.Application, isRequestor, null, roles);

    private void Source() => _xml.Source(_source.Id, _source.Site);

    private void Patient(string mark, ObjectDescription? description = null) => _xml.Object(ObjectPart.Patient, AuditCodes.PatientNumber, mark, string.Empty, description: description);

    private void File() => _xml.Object(ObjectPart.Report, AuditCodes.Uri, $"urn:mdm:file:{_line.File}", _line.Publication ?? string.Empty, details: Details());

    private void Studies(string mark, int instances) =>
        _xml.Object(ObjectPart.Report, AuditCodes.StudyInstanceUid, UidOf(mark), string.Empty, details: Details(), description: new ObjectDescription(instances));

    // PS3.5 B.2: a UID from a UUID's number. The study's own is not told.
    private static string UidOf(string mark) =>
        UInt128.TryParse(mark, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? "2.25." + number.ToString(CultureInfo.InvariantCulture) : "2.25.0";

    private IEnumerable<(string Type, string? Value)> Details() =>
    [
        ("line", _line.N.ToString(CultureInfo.InvariantCulture)),
        ("action", _line.Action.ToString()),
        ("account", _line.Account),
        ("publication", _line.Publication),
        ("content", _line.Content),
        ("delivery", _line.Delivery),
        ("bytes", _line.Bytes?.ToString(CultureInfo.InvariantCulture)),
        ("typed", _line.Typed),
        ("unwritten", _line.Unwritten?.ToString(CultureInfo.InvariantCulture)),
        ("detail", _line.Detail),
    ];
}
