namespace Mdm.Host.Audit;

/// <summary>A coded value of an audit message.</summary>
internal sealed record AuditCode(string Code, string System, string Text);

/// <summary>The codes of PS3.16 Annex D and PS3.15 A.5.1.2 that messages of this host bear.</summary>
internal static class AuditCodes
{
    public static AuditCode ApplicationActivity { get; } = Dicom("110100", "Application Activity");

    public static AuditCode AuditLogUsed { get; } = Dicom("110101", "Audit Log Used");

    public static AuditCode BeginTransferring { get; } = Dicom("110102", "Begin Transferring DICOM Instances");

    public static AuditCode InstancesTransferred { get; } = Dicom("110104", "DICOM Instances Transferred");

    public static AuditCode StudyDeleted { get; } = Dicom("110105", "DICOM Study Deleted");

    public static AuditCode Export { get; } = Dicom("110106", "Export");

    public static AuditCode Query { get; } = Dicom("110112", "Query");

    public static AuditCode SecurityAlert { get; } = Dicom("110113", "Security Alert");

    public static AuditCode UserAuthentication { get; } = Dicom("110114", "User Authentication");

    public static AuditCode ApplicationStart { get; } = Dicom("110120", "Application Start");

    public static AuditCode ApplicationStop { get; } = Dicom("110121", "Application Stop");

    public static AuditCode Login { get; } = Dicom("110122", "Login");

    public static AuditCode NodeAuthentication { get; } = Dicom("110126", "Node Authentication");

    public static AuditCode UseOfRestrictedFunction { get; } = Dicom("110132", "Use of Restricted Function");

    public static AuditCode RecordingStopped { get; } = Dicom("110133", "Audit Recording Stopped");

    public static AuditCode RecordingStarted { get; } = Dicom("110134", "Audit Recording Started");

    public static AuditCode SecurityAttributesChanged { get; } = Dicom("110135", "Object Security Attributes Changed");

    public static AuditCode Application { get; } = Dicom("110150", "Application");

    public static AuditCode Destination { get; } = Dicom("110152", "Destination Role ID");

    public static AuditCode Source { get; } = Dicom("110153", "Source Role ID");

    public static AuditCode DestinationMedia { get; } = Dicom("110154", "Destination Media");

    public static AuditCode StudyInstanceUid { get; } = Dicom("110180", "Study Instance UID");

    public static AuditCode PatientNumber { get; } = Rfc3881("2", "Patient Number");

    public static AuditCode SearchCriteria { get; } = Rfc3881("10", "Search Criteria");

    public static AuditCode Uri { get; } = Rfc3881("12", "URI");

    private static AuditCode Dicom(string code, string text) => new(code, "DCM", text);

    private static AuditCode Rfc3881(string code, string text) => new(code, "RFC-3881", text);
}
