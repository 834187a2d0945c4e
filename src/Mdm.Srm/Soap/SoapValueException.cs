namespace Mdm.Srm.Soap;

/// <summary>A value inside an otherwise sound message is missing or unusable. Never leaves the codec.</summary>
internal sealed class SoapValueException(string message) : Exception(message);
